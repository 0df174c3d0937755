import type { ServerResponse } from 'node:http'

/**
 * Lets a route say how long its stream is, by `x-exact-length`. Next (16.4) takes `Content-Length` out of whatever a
 * route answers; without it no client can tell a download that broke off from a whole one.
 */
export function keepExactLength(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]) => {
    const length = response.getHeader('x-exact-length')
    response.removeHeader('x-exact-length')
    if (length !== undefined) {
      response.removeHeader('transfer-encoding')
      response.setHeader('content-length', length)
    }
    return writeHead(...args)
  }
}
