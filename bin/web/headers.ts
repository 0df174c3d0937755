import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Env } from '#lib/env.ts'

/** Half a year: long enough that no visit comes without it, short enough to leave TLS again. */
const HSTS = 'max-age=15768000'

/** For answers that no browser should ever show as a page. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
/** A file of somebody's endpoint: whatever it holds, it never runs as a page of ours. */
const SANDBOX = `${NOTHING}; sandbox`
const CONTENT = /^\/api\/v1\/endpoints\/[^/]+\/content(\?|$)/

/** Where forms of our pages may lead beside this server: to the services that people sign in with. */
export function signInOrigins({ oauth: { github, google, oidc } }: Pick<Env, 'oauth'>): string[] {
  return [
    ...(github ? ['https://github.com'] : []),
    ...(google ? ['https://accounts.google.com'] : []),
    ...(oidc ? [new URL(oidc.issuer).origin] : []),
  ]
}

/**
 * Sets the security headers of an answer. A page's scripts carry a nonce that is new for each request: Next reads
 * it from the request's own copy of the policy, the layout from `x-nonce`.
 */
export function secureHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  signInAt: string[] = [],
): void {
  const { headers } = request
  const isApi = request.url?.startsWith('/api/') ?? false
  const isSecure = headers['x-forwarded-proto'] === 'https'
  const nonce = randomBytes(18).toString('base64')
  const isContent = CONTENT.test(request.url ?? '')
  const policy = isContent ? SANDBOX : isApi ? NOTHING : policyOf(nonce, isSecure, signInAt)
  headers['content-security-policy'] = policy
  headers['x-nonce'] = nonce
  // A page does not know its own address; who must sign in first comes back to it.
  headers['x-asked'] = request.url
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  if (isSecure) response.setHeader('Strict-Transport-Security', HSTS)
}

function policyOf(nonce: string, isSecure: boolean, signInAt: string[]): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Radix and sonner write style elements of their own, without a nonce.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    // A form pressed before the scripts are there is sent by the browser, which holds redirects to this too.
    ["form-action 'self'", ...signInAt].join(' '),
    "frame-ancestors 'none'",
    ...(isSecure ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}
