import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Later } from '../later.ts'

export type OAuthStorage = {
  url: string
  clientId: string
  clientSecret: string
  bucket: string
  /** Settings of a `google cloud storage` that leads here instead. */
  settings: Record<string, string>
  /** As a service gives it at the end of a sign-in; the access token has ended already. */
  freshToken(): string
  /** Refresh tokens that were given out and not used yet. */
  readonly live: number
  /** How often a refresh token was used that had been used before, or never given. */
  readonly refused: number
  readonly refreshes: number
}

/**
 * A service that one signs in at, with a bucket as Google's JSON API shows it. It takes each refresh token once, and
 * its access tokens end in a second: whoever loses a new refresh token is out.
 */
export async function startOAuthStorage(
  later: Later,
  objects: Record<string, string> = {},
): Promise<OAuthStorage> {
  const [clientId, clientSecret, bucket] = ['studio-client', 'studio-client-secret', 'rushes']
  const access = new Set<string>()
  const refresh = new Set<string>()
  const codes = new Set<string>()
  let issued = 0
  let refused = 0
  let refreshes = 0
  const issue = () => {
    issued += 1
    const token = { access_token: `access-${issued}-aaaa`, refresh_token: `refresh-${issued}-rrrr` }
    access.add(token.access_token)
    refresh.add(token.refresh_token)
    return token
  }
  const exchange = (form: URLSearchParams, answer: ServerResponse) => {
    const isCode = form.get('grant_type') === 'authorization_code'
    const [pool, given] = isCode
      ? [codes, form.get('code') ?? '']
      : ([refresh, form.get('refresh_token') ?? ''] as const)
    if (!pool.delete(given)) {
      refused += 1
      return json(answer, 400, { error: 'invalid_grant' })
    }
    if (!isCode) refreshes += 1
    json(answer, 200, { ...issue(), token_type: 'Bearer', expires_in: 1 })
  }
  const server = createServer(async (request, answer) => {
    const url = new URL(request.url!, 'http://localhost')
    if (url.pathname === '/token') return exchange(new URLSearchParams(await bodyOf(request)), answer)
    if (url.pathname === '/auth') {
      const code = `code-${codes.size + 1}`
      codes.add(code)
      const back = new URL(url.searchParams.get('redirect_uri')!)
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state')!)
      return answer.writeHead(302, { location: back.href }).end()
    }
    if (!access.has(request.headers.authorization?.replace('Bearer ', '') ?? '')) {
      return json(answer, 401, { error: { code: 401, message: 'Invalid Credentials' } })
    }
    const stored = await write(request, url, objects)
    if (stored) return json(answer, ...stored(described))
    const object = /^\/storage\/v1\/b\/rushes\/o\/(.+)$/.exec(url.pathname)?.[1]
    const content = object === undefined ? undefined : objects[decodeURIComponent(object)]
    if (content !== undefined && url.searchParams.get('alt') === 'media') return answer.end(content)
    if (content !== undefined) return json(answer, 200, described(decodeURIComponent(object!), content))
    if (url.pathname === '/storage/v1/b/rushes/o') {
      return json(answer, 200, listed(objects, url.searchParams, described))
    }
    json(answer, 404, { error: { code: 404, message: 'Not Found' } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const described = (name: string, content: string) => ({
    ...{ kind: 'storage#object', bucket, name, size: String(content.length) },
    updated: '2026-11-20T10:00:00Z',
    md5Hash: createHash('md5').update(content).digest('base64'),
    mediaLink: `${url}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`,
  })
  return {
    ...{ url, clientId, clientSecret, bucket },
    settings: {
      ...{ endpoint: `${url}/storage/v1/`, auth_url: `${url}/auth`, token_url: `${url}/token` },
      client_id: clientId,
    },
    freshToken: () => JSON.stringify({ ...issue(), token_type: 'Bearer', expiry: '2020-01-01T00:00:00Z' }),
    get live() {
      return refresh.size
    },
    get refused() {
      return refused
    },
    get refreshes() {
      return refreshes
    },
  }
}

type Described = (name: string, content: string) => object

/** What is put, copied within the service, or deleted; null where it is only read. */
async function write(
  request: IncomingMessage,
  url: URL,
  objects: Record<string, string>,
): Promise<((described: Described) => [number, object]) | null> {
  if (request.method === 'POST' && url.pathname === '/upload/storage/v1/b/rushes/o') {
    // multipart/related: what it is called, then what it holds.
    const [, head = '', media = ''] = (await bodyOf(request)).split(/^--[^\r\n]+\r?\n/m)
    const part = (text: string) => text.replace(/^(?:[^\r\n]+\r\n)*\r\n/, '').replace(/\r\n$/, '')
    const { name } = JSON.parse(part(head)) as { name: string }
    objects[name] = part(media)
    return (described) => [200, described(name, objects[name]!)]
  }
  const [, from, to] =
    /^\/storage\/v1\/b\/rushes\/o\/([^/]+)(?:\/rewriteTo\/b\/rushes\/o\/([^/]+))?$/.exec(url.pathname) ?? []
  const [source, target] = [from, to].map((name) => decodeURIComponent(name ?? ''))
  if (request.method === 'POST' && to) {
    objects[target!] = objects[source!]!
    return (described) => [200, { done: true, resource: described(target!, objects[target!]!) }]
  }
  if (request.method === 'DELETE' && from) {
    delete objects[source!]
    return () => [204, {}]
  }
  return null
}

function listed(objects: Record<string, string>, query: URLSearchParams, described: Described) {
  const prefix = query.get('prefix') ?? ''
  const within = Object.entries(objects).filter(([name]) => name.startsWith(prefix))
  const isDeep = ([name]: [string, string]) =>
    query.has('delimiter') && name.slice(prefix.length).includes('/')
  const folders = within.filter(isDeep).map(([name]) => {
    return `${prefix}${name.slice(prefix.length).split('/')[0]}/`
  })
  const items = within.filter((one) => !isDeep(one)).map(([name, content]) => described(name, content))
  return { kind: 'storage#objects', prefixes: [...new Set(folders)], items }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function json(answer: ServerResponse, status: number, body: object): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
