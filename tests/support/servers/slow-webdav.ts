import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from '#workers/rclone/types.ts'
import type { Later } from '../later.ts'

export const DEPTH = 12
const ANSWER_MS = 300

/** A WebDAV server that takes its time: in each folder a file and one folder more, `DEPTH` of them. */
export async function startSlowWebdav(later: Later): Promise<{ place: Place; asked: () => number }> {
  let asked = 0
  const server = createServer(async (request, response) => {
    asked += 1
    await sleep(ANSWER_MS)
    const here = (request.url ?? '/').replace(/\/$/, '')
    const isLast = here.split('/').length > DEPTH
    const folders = [`${here}/`, ...(isLast ? [] : [`${here}/d/`])]
    const entry = (href: string, type: string) =>
      `<d:response><d:href>${href}</d:href><d:propstat><d:prop><d:resourcetype>${type}</d:resourcetype>` +
      '<d:getcontentlength>1</d:getcontentlength></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>'
    const entries = [...folders.map((href) => entry(href, '<d:collection/>')), entry(`${here}/f`, '')]
    response.writeHead(207, { 'content-type': 'application/xml' })
    response.end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${entries.join('')}</d:multistatus>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    place: { type: 'webdav', root: '', path: '', settings: { url, vendor: 'other' } },
    asked: () => asked,
  }
}
