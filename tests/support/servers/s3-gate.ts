import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Certificate } from './certificate.ts'
import { claimOf, isSignedBy } from './s3-signature.ts'

/** What Amazon allows between the clocks. */
const MOST_SKEW_MS = 15 * 60_000

/** May be changed while it runs. */
export type S3Rules = {
  accessKey: string
  secretKey: string
  region: string
  /** The server's clock before (negative) or after ours. */
  clockOffsetMs: number
  /** What the key may not do, though it is right: answered AccessDenied. `bucket` is empty where all are listed. */
  forbids(request: { method: string; bucket: string; key: string }): boolean
}

type Refusal = { status: number; code: string; message: string; more?: string }

/** A port before `backendPort` that lets through what is signed as `rules` say, in Amazon's own words otherwise. */
export async function openGate(backendPort: number, rules: S3Rules, tls?: Certificate) {
  const agent = new Agent({ keepAlive: true })
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const answer = async () => {
      const refusal = await check(request, rules)
      if (refusal) refuse(request, response, refusal)
      else await forward(request, response, backendPort, agent)
    }
    answer().catch(() => response.destroy())
  }
  const server = tls
    ? createTlsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, handle)
    : createServer(handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    agent.destroy()
  }
  return { port: (server.address() as AddressInfo).port, stop }
}

async function check(request: IncomingMessage, rules: S3Rules): Promise<Refusal | undefined> {
  const claim = claimOf(request)
  const [, bucket = '', ...key] = (request.url ?? '/').split('?')[0]?.split('/') ?? []
  const denied = { status: 403, code: 'AccessDenied', message: 'Access Denied' }
  if (!claim) return denied
  if (claim.accessKey !== rules.accessKey) {
    return {
      ...{ status: 403, code: 'InvalidAccessKeyId' },
      message: 'The AWS Access Key Id you provided does not exist in our records.',
    }
  }
  if (claim.region !== rules.region) {
    return {
      ...{ status: 400, code: 'AuthorizationHeaderMalformed', more: `<Region>${rules.region}</Region>` },
      message: `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${rules.region}'`,
    }
  }
  if (Math.abs(claim.date.getTime() - (Date.now() + rules.clockOffsetMs)) > MOST_SKEW_MS) {
    return {
      ...{ status: 403, code: 'RequestTimeTooSkewed' },
      message: 'The difference between the request time and the current time is too large.',
    }
  }
  if (!(await isSignedBy(rules.secretKey, claim, request))) {
    return {
      ...{ status: 403, code: 'SignatureDoesNotMatch' },
      message:
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    }
  }
  return rules.forbids({ method: request.method ?? '', bucket, key: key.join('/') }) ? denied : undefined
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, code, message, more = '' } = refusal
  request.resume()
  response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'TEST' })
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
  )
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  agent: Agent,
): Promise<void> {
  const { method, url: path, headers } = request
  const isCompletion = method === 'POST' && path?.includes('uploadId=')
  const body = isCompletion ? await completion(request) : undefined
  const length = body && { 'content-length': String(body.length) }
  const onward = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { ...headers, ...length },
    agent,
  })
  // A refusal may come before the whole body has gone.
  const sent = body ? onward.end(body) : pipeline(request, onward).catch(() => {})
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
  await pipeline(answer, response)
  await sent
}

/** fauxqs reads of XML's entities those with names only; rclone writes a quotation mark by its number. */
async function completion(request: IncomingMessage): Promise<Buffer> {
  return Buffer.from((await buffer(request)).toString('utf8').replaceAll('&#34;', '&quot;'))
}
