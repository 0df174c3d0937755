import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Later } from '../later.ts'

export type VaultServer = {
  address: string
  /** One that may read everything. */
  token: string
  role: { role_id: string; secret_id: string }
  /** By mount and path; null is a newest version that was deleted. */
  secrets: Map<string, Record<string, unknown> | null>
  /** Paths that no token may read. */
  forbidden: Set<string>
  /** Sign-ins of the role so far. */
  logins(): number
  /** Ends every token that the role was given. */
  revoke(): void
  /** From now on answers wait until the returned function is called. */
  hold(): () => void
}

/** A server that speaks what is used of Vault's KV version 2 and AppRole: no Vault is in a package registry. */
export async function startVault(later: Later): Promise<VaultServer> {
  const token = `hvs.${randomUUID()}`
  const role = { role_id: randomUUID(), secret_id: randomUUID() }
  const given = new Set<string>()
  const vault = {
    secrets: new Map<string, Record<string, unknown> | null>(),
    forbidden: new Set<string>(),
  }
  let logins = 0
  let held = Promise.resolve()
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://vault').pathname)
    if (request.method === 'POST' && path === '/v1/auth/approle/login') {
      const sent = JSON.parse(await text(request)) as typeof role
      if (sent.role_id !== role.role_id || sent.secret_id !== role.secret_id) {
        return [400, { errors: ['invalid role or secret ID'] }]
      }
      logins += 1
      const client_token = `hvs.${randomUUID()}`
      given.add(client_token)
      return [200, { auth: { client_token, lease_duration: 3600 } }]
    }
    const sent = String(request.headers['x-vault-token'])
    const [, mount, below] = /^\/v1\/([^/]+)\/data\/(.+)$/.exec(path) ?? []
    const name = `${mount}/${below}`
    if ((sent !== token && !given.has(sent)) || vault.forbidden.has(name)) {
      return [403, { errors: ['permission denied'] }]
    }
    const secret = vault.secrets.get(name)
    if (secret === undefined) return [404, { errors: [] }]
    const metadata = { version: 1, deletion_time: secret ? '' : '2026-11-01T00:00:00Z' }
    return [secret ? 200 : 404, { data: { data: secret, metadata } }]
  }
  const server = createServer((request, response) => {
    void Promise.all([answer(request), held]).then(([[status, body]]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  return {
    ...{ token, role, ...vault, logins: () => logins, revoke: () => given.clear() },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }
}
