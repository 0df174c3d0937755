import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { Later } from './later.ts'

export type Person = { sub: string } & Record<string, unknown>

export type OidcServer = {
  issuer: string
  /** The settings of a File Orbit that signs people in with it. */
  settings: Record<string, string>
  /** Begins to serve the File Orbit at this address. */
  serve(origin: string): void
  /** Who signs in at it from now on, in a browser that it has not seen. */
  person: Person
}

export const OIDC_SECRET = 'canary-oidc-client-secret'

/** An OpenID Connect provider on loopback, by the library that certifies as one; it asks nobody for a password. */
export async function startOidc(later: Later): Promise<OidcServer> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
    response.writeHead(503).end()
  }
  const server = createServer((request, response) => handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const one: OidcServer = {
    issuer,
    settings: {
      FILE_ORBIT_OIDC_ISSUER: issuer,
      FILE_ORBIT_OIDC_ID: 'file-orbit',
      FILE_ORBIT_OIDC_SECRET: OIDC_SECRET,
      FILE_ORBIT_OIDC_NAME: 'Studio ID',
    },
    serve(origin) {
      handle = handlerOf(one, origin)
    },
    person: { sub: 'nobody' },
  }
  return one
}

function handlerOf(server: OidcServer, origin: string) {
  const known = new Map<string, Person>()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(server.issuer, {
    clients: [
      {
        client_id: 'file-orbit',
        client_secret: OIDC_SECRET,
        redirect_uris: [`${origin}/api/auth/callback/oidc`],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
    cookies: { keys: ['of the tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ ...known.get(accountId), sub: accountId }),
    }),
  })
  const serve = provider.callback()
  return (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) return void serve(request, response)
    void interact(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  }

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') {
      known.set(server.person.sub, server.person)
      return provider.interactionFinished(request, response, { login: { accountId: server.person.sub } })
    }
    const grant = new provider.Grant({ accountId: session!.accountId, clientId: String(params.client_id) })
    grant.addOIDCScope(String(params.scope))
    const consent = { grantId: await grant.save() }
    return provider.interactionFinished(request, response, { consent })
  }
}
