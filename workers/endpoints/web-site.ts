import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { Place } from '../rclone/types.ts'

// rclone takes any page with a 200 for an empty bucket or folder, and any 404 for a missing one. Whether what answers is
// a storage at all is told by the form of its answer to somebody unknown: nothing of an account is sent.

type Answer = { status: number; headers: IncomingHttpHeaders; begins: string }

/** Enough to see what kind of document it is. */
const READ = 512

/** Why what answers is no storage of this type, or null: it is one, or that cannot be known. */
export async function whyWebSite(
  { type, settings = {}, root }: Place,
  withinMs: number,
): Promise<string | null> {
  const checked = settings.no_check_certificate !== 'true'
  if (settings.http_proxy) return null
  if (type === 's3' && settings.endpoint) {
    const base = /^https?:\/\//i.test(settings.endpoint) ? settings.endpoint : `https://${settings.endpoint}`
    const bucket = root.split('/')[0] ?? ''
    const answer = await ask('GET', `${base.replace(/\/+$/, '')}/${bucket}?max-keys=1`, checked, withinMs)
    return answer && !isS3(answer)
      ? 'No S3 server answers there, but a web site or another service. Check the endpoint URL and its port.'
      : null
  }
  if (type === 'webdav' && settings.url) {
    const answer = await ask('PROPFIND', settings.url, checked, withinMs)
    return answer && !isWebdav(answer)
      ? 'No WebDAV server answers there, but a web site or another service. Check the whole URL: many servers have a path for WebDAV.'
      : null
  }
  return null
}

/** Answers and refusals of S3 alike are XML, or carry Amazon's headers. */
function isS3({ status, headers, begins }: Answer): boolean {
  const isXml = /xml/i.test(headers['content-type'] ?? '') || /^\s*<(\?xml|Error|ListBucket)/.test(begins)
  const isHtml = /<html|<!doctype html/i.test(begins)
  const amazons = Object.keys(headers).some((name) => name.startsWith('x-amz-'))
  return amazons || (isXml && !isHtml) || (status >= 300 && status < 400)
}

/** RFC 4918: 207, or a DAV header. A sign-in comes before either. */
function isWebdav({ status, headers }: Answer): boolean {
  const asks = [401, 403, 407].includes(status) || (status >= 300 && status < 400)
  return status === 207 || asks || 'dav' in headers || /\bxml\b/i.test(headers['content-type'] ?? '')
}

function ask(method: string, url: string, checked: boolean, withinMs: number): Promise<Answer | null> {
  const target = URL.parse(url)
  if (!target) return Promise.resolve(null)
  const begin = target.protocol === 'https:' ? httpsRequest : httpRequest
  const { promise, resolve } = Promise.withResolvers<Answer | null>()
  // Whoever was let in a moment ago may be slow now: then it cannot be known.
  const signal = AbortSignal.timeout(withinMs)
  const headers = { depth: '0', accept: '*/*', 'user-agent': 'File Orbit' }
  const call = begin(
    target,
    { method, headers, signal, rejectUnauthorized: checked, ca: getCACertificates('system') },
    (answer) => {
      let begins = ''
      const end = () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, begins })
        call.destroy()
      }
      answer.setEncoding('latin1').on('data', (text: string) => {
        begins += text
        if (begins.length >= READ) end()
      })
      answer.once('end', end).once('error', end)
    },
  )
  call.once('error', () => resolve(null))
  call.end()
  return promise
}
