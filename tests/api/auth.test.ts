import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { hashOfKey } from '#lib/api-keys/check-api-key.ts'
import { apiKeys, loginSessions, users } from '#lib/db/schema/users.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { client, keyClient, makeKey } from '#tests/support/api.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const web = await startWeb(database.url, afterAll)
const { url } = web
const clients = {
  viewer: await keyClient(url, ctx, 'viewer'),
  operator: await keyClient(url, ctx, 'operator'),
  owner: await keyClient(url, ctx, 'owner'),
}
const roles = ['viewer', 'operator', 'owner'] as const
const job = await stage.queued()

/** What needs no key. */
const open = ['GET /health', 'GET /openapi.json']
/** Each route with the least role, a request that it takes, and its answer to one who may. */
const routes: [string, (typeof roles)[number], () => Promise<{ path: string; body?: unknown }>, number][] = [
  ['GET /jobs', 'viewer', at('/jobs'), 200],
  ['POST /jobs', 'operator', at('/jobs', stage.input()), 201],
  ['GET /jobs/[id]', 'viewer', at(`/jobs/${job.id}`), 200],
  ['PATCH /jobs/[id]', 'operator', at(`/jobs/${job.id}`, { bandwidth: '1M' }), 200],
  ['GET /jobs/[id]/log', 'viewer', at(`/jobs/${job.id}/log`), 200],
  ['GET /jobs/[id]/transfers', 'viewer', at(`/jobs/${job.id}/transfers`), 200],
  [
    'POST /jobs/[id]/cancel',
    'operator',
    async () => ({ path: `/jobs/${(await stage.queued()).id}/cancel` }),
    200,
  ],
  [
    'POST /jobs/[id]/pause',
    'operator',
    async () => ({ path: `/jobs/${(await stage.queued()).id}/pause` }),
    200,
  ],
  [
    'POST /jobs/[id]/retry',
    'operator',
    async () => ({ path: `/jobs/${await stopped(cancelJob)}/retry` }),
    200,
  ],
  [
    'POST /jobs/[id]/resume',
    'operator',
    async () => ({ path: `/jobs/${await stopped(pauseJob)}/resume` }),
    200,
  ],
  ['GET /endpoints', 'viewer', at('/endpoints'), 200],
  [
    'POST /endpoints',
    'operator',
    async () => ({ path: '/endpoints', body: { name: free(), type: 'local', path: '/srv/x' } }),
    201,
  ],
  ['GET /endpoints/[id]', 'viewer', at(`/endpoints/${stage.source.id}`), 200],
  ['PATCH /endpoints/[id]', 'operator', at(`/endpoints/${stage.source.id}`, { limits: {} }), 200],
  ['DELETE /endpoints/[id]', 'operator', async () => ({ path: `/endpoints/${await spare()}` }), 204],
  // No worker runs here: whoever may ask is told so by the request's own checks.
  ['GET /endpoints/[id]/files', 'viewer', at(`/endpoints/${stage.source.id}/files?path=..`), 422],
  ['POST /endpoints/[id]/test', 'operator', async () => ({ path: `/endpoints/${await gone()}/test` }), 404],
  ['POST /endpoints/test', 'operator', at('/endpoints/test', {}), 422],
  ['GET /stats', 'viewer', at('/stats'), 200],
  ['GET /stream', 'viewer', at('/stream?jobId=x'), 422],
]

function at(path: string, body?: unknown) {
  return async () => ({ path, body })
}

async function stopped(stop: typeof cancelJob): Promise<string> {
  return (await stop({ ctx: ctx.owner, id: (await stage.queued()).id })).id
}

const free = () => `e-${Math.random().toString(36).slice(2)}`

async function spare(): Promise<string> {
  const made = await clients.owner.post<{ id: string }>('/endpoints', {
    name: free(),
    type: 'local',
    path: '/srv/y',
  })
  return made.body.id
}

async function gone(): Promise<string> {
  const id = await spare()
  await clients.owner.delete(`/endpoints/${id}`)
  return id
}

test('every route there is stands in the table', () => {
  const root = fileURLToPath(new URL('../../app/api/v1', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('route.ts') && !name.includes('[...'),
  )
  const found = files.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    const methods = text.matchAll(/export (?:const|(?:async )?function) (GET|POST|PATCH|PUT|DELETE)\b/g)
    return [...methods].map(([, method]) => `${method} /${name.replace(/\/?route\.ts$/, '')}`)
  })
  expect(found.length).toBeGreaterThanOrEqual(routes.length)
  const known = [...open, ...routes.map(([name]) => name)]
  expect(found.filter((name) => !known.includes(name))).toEqual([])
})

describe.each(routes)('%s', (name, least, request, status) => {
  const method = name.split(' ')[0]!

  test('without a key is refused as a problem', async () => {
    const { path, body } = await request()
    const answer = await client(url).call(method, path, body)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      status: 401,
      detail: expect.stringContaining('API key'),
    })
  })

  test.each(roles.slice(roles.indexOf(least)))(`takes the key of %s`, async (role) => {
    const { path, body } = await request()
    expect((await clients[role].call(method, path, body)).status).toBe(status)
  })

  test.each(roles.slice(0, roles.indexOf(least)).map((role) => ({ role })))(
    'refuses the key of $role',
    async ({ role }) => {
      const { path, body } = await request()
      const answer = await clients[role].call(method, path, body)
      expect(answer).toMatchObject({
        status: 403,
        body: { status: 403, detail: expect.stringContaining(least) },
      })
    },
  )
})

describe('a key', () => {
  test.each([
    ['that nobody made', `Bearer fo_${'x'.repeat(43)}`],
    ['without its prefix', `Bearer ${'x'.repeat(43)}`],
    ['that is empty', 'Bearer '],
    ['of another scheme', 'Basic b3duZXI6b3duZXI='],
    ['with SQL in it', `Bearer fo_' or 1=1 --xxxxxxxxxxxxxxxxxxxx`],
  ])('%s is refused', async (_, authorization) => {
    expect(await client(url, { authorization }).get('/jobs')).toMatchObject({
      status: 401,
      body: { status: 401 },
    })
  })

  test('works until it is revoked, and is stored as a hash only', async () => {
    const key = await makeKey(ctx, 'viewer')
    const mine = client(url, { authorization: `Bearer ${key}` })
    expect((await mine.get('/jobs')).status).toBe(200)
    const stored = await database.db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.keyHash, hashOfKey(key)))
    expect(stored).toMatchObject([{ prefix: key.slice(0, 9), lastUsedAt: expect.any(Date) }])
    expect(JSON.stringify(stored)).not.toContain(key.slice(10))
    await database.db
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(eq(apiKeys.keyHash, hashOfKey(key)))
    expect((await mine.get('/jobs')).status).toBe(401)
  })

  test('that is wrong is not made right by a good cookie', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'owner')).email))!
    const wrong = client(url, { cookie, authorization: `Bearer fo_${'x'.repeat(43)}` })
    expect((await wrong.get('/jobs')).status).toBe(401)
  })
})

describe('a signed-in person', () => {
  test('reads, and changes things from this server’s own pages only', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'operator')).email))!
    const browser = client(url, { cookie })
    expect((await browser.get('/jobs')).status).toBe(200)
    const { port } = new URL(url)
    const elsewhere = [
      'http://evil.example',
      `http://localhost:${Number(port) + 1}`,
      'null',
      `http://localhost:${port}.evil.example`,
    ]
    for (const origin of elsewhere) {
      const answer = await browser.post('/jobs', stage.input(), { origin })
      expect([origin, answer.status]).toEqual([origin, 403])
    }
    expect((await browser.post('/jobs', stage.input())).status).toBe(403)
    expect((await browser.post('/jobs', stage.input(), { origin: url })).status).toBe(201)
  })

  test('with a wrong password gets no cookie, and it is audited without the password', async () => {
    const { id, email } = await makeUser(database, 'viewer')
    expect(await signIn(url, email, 'wrong password!')).toBeNull()
    expect(await signIn(url, 'nobody@studio.example')).toBeNull()
    const audits = await database.sql`
      select action, detail from audit_entries where action = 'user.sign_in_refused' order by id`
    expect(audits.map((row) => row.detail)).toEqual([{ email }, { email: 'nobody@studio.example' }])
    expect(await database.db.select().from(loginSessions).where(eq(loginSessions.userId, id))).toEqual([])
  })

  test('whose session is revoked is out at the next request, on a page too', async () => {
    const { id, email } = await makeUser(database, 'owner')
    const cookie = (await signIn(url, email))!
    const page = () => fetch(`${url}/jobs`, { headers: { cookie }, redirect: 'manual' })
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(200)
    expect((await page()).status).toBe(200)
    await database.db.update(loginSessions).set({ revokedAt: sql`now()` }).where(eq(loginSessions.userId, id))
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(401)
    const refused = await page()
    expect([refused.status, refused.headers.get('location')]).toEqual([307, '/sign-in'])
  })

  test('has the role that the database knows now, and none when disabled', async () => {
    const { id, email } = await makeUser(database, 'operator')
    const browser = client(url, { cookie: (await signIn(url, email))!, origin: url })
    expect((await browser.post('/jobs', stage.input())).status).toBe(201)
    await database.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
    expect((await browser.post('/jobs', stage.input())).status).toBe(403)
    await database.db.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, id))
    expect((await browser.get('/jobs')).status).toBe(401)
  })

  test('who signs out leaves a worthless cookie', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'viewer')).email))!
    const csrf = await fetch(`${url}/api/auth/csrf`, { headers: { cookie } })
    const { csrfToken } = (await csrf.json()) as { csrfToken: string }
    await fetch(`${url}/api/auth/signout`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrfToken }),
    })
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(401)
  })
})
