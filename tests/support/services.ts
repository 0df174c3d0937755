import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Later } from './later.ts'

export type Services = {
  url: string
  settings: Record<string, string>
  /** What GitHub answers about whoever signs in there. */
  github: { user: object; emails: object[] | number }
  /** The claims of Google's ID token. */
  google: object
  /** Sends a browser that is on its way to one of them here instead. */
  divert(to: URL): void
}

const SECRETS = { github: 'canary-github-secret', google: 'canary-google-secret' }
const hosts = /^(api\.)?github\.com$|^accounts\.google\.com$|\.googleapis\.com$/

type Begun = { challenge: string; nonce: string | null; redirectUri: string }

/**
 * GitHub and Google as far as signing in goes, by their documents: GitHub's web application flow with PKCE and its
 * REST API of users, Google's OpenID Connect. A host's paths lie below its name.
 */
export async function startServices(later: Later): Promise<Services> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const begun = new Map<string, Begun>()
  const server = createServer(async (request, response) => {
    const { status, body, location } = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) })
    response.end(JSON.stringify(body ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const services: Services = {
    url,
    settings: {
      FILE_ORBIT_GITHUB_ID: 'github-client',
      FILE_ORBIT_GITHUB_SECRET: SECRETS.github,
      FILE_ORBIT_GOOGLE_ID: 'google-client',
      FILE_ORBIT_GOOGLE_SECRET: SECRETS.google,
    },
    github: { user: {}, emails: [] },
    google: {},
    divert(to) {
      if (!hosts.test(to.hostname)) return
      const path = `/${to.hostname}${to.pathname}`
      to.protocol = 'http:'
      to.host = new URL(url).host
      to.pathname = path
    },
  }
  return services

  async function answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body?: unknown; location?: string }> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', url)
    const form = new URLSearchParams(await text(request))
    switch (pathname) {
      case '/github.com/login/oauth/authorize':
        if (!query.get('scope')?.split(' ').includes('user:email')) return { status: 400 }
        return begin(query, 'https://github.com/login/oauth')
      case '/accounts.google.com/o/oauth2/v2/auth':
        if (!query.get('nonce') || !query.get('scope')?.includes('email')) return { status: 400 }
        return begin(query, null)
      case '/github.com/login/oauth/access_token':
        if (!redeem(request, form, 'github')) return { status: 200, body: { error: 'bad_verification_code' } }
        return { status: 200, body: { access_token: 'gho_1', token_type: 'bearer', scope: 'user:email' } }
      case '/oauth2.googleapis.com/token': {
        const one = redeem(request, form, 'google')
        if (!one) return { status: 400, body: { error: 'invalid_grant' } }
        const body = {
          access_token: 'ya29.1',
          token_type: 'Bearer',
          expires_in: 3599,
          id_token: idToken(one),
        }
        return { status: 200, body }
      }
      case '/accounts.google.com/.well-known/openid-configuration':
        return { status: 200, body: discovery }
      case '/api.github.com/user':
      case '/api.github.com/user/emails': {
        if (request.headers.authorization !== 'Bearer gho_1') return { status: 401 }
        const { user, emails } = services.github
        if (pathname.endsWith('/user')) return { status: 200, body: user }
        return typeof emails === 'number' ? { status: emails } : { status: 200, body: emails }
      }
      default:
        return { status: 404 }
    }
  }

  function begin(query: URLSearchParams, issuer: string | null) {
    if (query.get('code_challenge_method') !== 'S256') return { status: 400 }
    const code = crypto.randomUUID()
    const redirectUri = query.get('redirect_uri') ?? ''
    begun.set(code, { challenge: query.get('code_challenge') ?? '', nonce: query.get('nonce'), redirectUri })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    if (issuer) back.searchParams.set('iss', issuer)
    return { status: 302, location: back.href }
  }

  /** The code with its verifier, by the right client; once. */
  function redeem(request: IncomingMessage, form: URLSearchParams, who: keyof typeof SECRETS): Begun | null {
    const one = begun.get(form.get('code') ?? '')
    begun.delete(form.get('code') ?? '')
    const basic = `Basic ${Buffer.from(`${who}-client:${SECRETS[who]}`).toString('base64')}`
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight = request.headers.authorization === basic && form.get('redirect_uri') === one?.redirectUri
    return one && isRight && challenge === one.challenge ? one : null
  }

  function idToken({ nonce }: Begun): string {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      ...{ iss: 'https://accounts.google.com', aud: 'google-client', iat: now, exp: now + 3600, nonce },
      ...services.google,
    }
    const part = (data: object) => Buffer.from(JSON.stringify(data)).toString('base64url')
    const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  }
}

/** What accounts.google.com publishes, of it what signing in needs. */
const discovery = {
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  response_types_supported: ['code', 'id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  code_challenge_methods_supported: ['plain', 'S256'],
}
