import type { IncomingMessage, ServerResponse } from 'node:http'

const METHODS = 'GET, POST, PATCH, PUT, DELETE'
const HEADERS = 'authorization, content-type, idempotency-key, last-event-id'
const PREFLIGHT_SECONDS = '600'

/**
 * Lets pages of the given origins call the API with an API key; cookies are never let through. Answers a
 * preflight itself, and then returns true. Without origins it does nothing: CORS is off.
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const { origin } = request.headers
  if (!request.url?.startsWith('/api/v1/') || origin === undefined || !origins.includes(origin)) return false
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.appendHeader('Vary', 'Origin')
  response.setHeader('Access-Control-Expose-Headers', 'retry-after')
  if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false
  response.setHeader('Access-Control-Allow-Methods', METHODS)
  response.setHeader('Access-Control-Allow-Headers', HEADERS)
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS)
  response.writeHead(204).end()
  return true
}
