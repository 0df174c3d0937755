import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Half a year: long enough that no visit comes without it, short enough to leave TLS again. */
const HSTS = 'max-age=15768000'

/** For answers that no browser should ever show as a page. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

/**
 * Sets the security headers of an answer. A page's scripts carry a nonce that is new for each request: Next reads
 * it from the request's own copy of the policy, the layout from `x-nonce`.
 */
export function secureHeaders(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request
  const isApi = request.url?.startsWith('/api/') ?? false
  const isSecure = headers['x-forwarded-proto'] === 'https'
  const nonce = randomBytes(18).toString('base64')
  const policy = isApi ? NOTHING : policyOf(nonce, isSecure)
  headers['content-security-policy'] = policy
  headers['x-nonce'] = nonce
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  if (isSecure) response.setHeader('Strict-Transport-Security', HSTS)
}

function policyOf(nonce: string, isSecure: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Radix and sonner write style elements of their own, without a nonce.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isSecure ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}
