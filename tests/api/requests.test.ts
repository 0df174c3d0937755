import { afterAll, describe, expect, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { removedMonths } from '#lib/db/schema/retention.ts'
import { type Job, jobSchema } from '#lib/jobs/schema.ts'
import { idsOf } from '#lib/retention/months.ts'
import { client, keyClient, makeKey } from '#tests/support/api.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const web = await startWeb(database.url, afterAll)
const api = await keyClient(web.url, ctx, 'owner')
const nobody = '0199f2a4-0000-7000-8000-00000000dead'

describe('a job by REST', () => {
  test('is made, read, listed, changed, cancelled and retried', async () => {
    const made = await api.post<Job>('/jobs', stage.input('films'))
    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toMatch(/^no-store/)
    expect(() => jobSchema.strict().parse(made.body)).not.toThrow()
    const { id } = made.body
    expect((await api.get(`/jobs/${id}`)).body).toEqual(made.body)
    expect((await api.get('/jobs?limit=1')).body).toMatchObject({ items: [{ id }], nextCursor: null })
    expect((await api.patch(`/jobs/${id}`, { bandwidth: '2M' })).body).toMatchObject({
      options: { bandwidth: '2M' },
    })
    expect((await api.post(`/jobs/${id}/cancel`)).body).toMatchObject({ state: 'cancelled' })
    expect(await api.post(`/jobs/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { status: 409, title: 'Conflict' },
    })
    expect((await api.post(`/jobs/${id}/retry`)).body).toMatchObject({ state: 'queued', attempt: 2 })
    expect((await api.get(`/jobs/${id}/transfers`)).body).toEqual({ items: [], nextCursor: null })
    expect((await api.get(`/jobs/${id}/log`)).body).toEqual({ items: [], nextCursor: null })
  })

  test('is made once for an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const [first, again] = [
      await api.post<Job>('/jobs', stage.input('once'), key),
      await api.post<Job>('/jobs', stage.input('once'), key),
    ]
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect((await api.post('/jobs', stage.input('other'), key)).status).toBe(409)
    expect((await api.post('/jobs', stage.input('x'), { 'idempotency-key': 'x'.repeat(201) })).status).toBe(
      422,
    )
  })
})

test('a job that was removed with its month is gone with 410, and its page says so', async () => {
  const { email } = await makeUser(database, 'viewer')
  await database.db.insert(removedMonths).values({ month: '2024-05', jobs: 7, files: 1234 })
  const id = idsOf('2024-05').from
  for (const path of ['', '/transfers', '/log']) {
    expect(await api.get(`/jobs/${id}${path}`)).toMatchObject({
      status: 410,
      body: { title: 'No longer kept', detail: expect.stringContaining('1234 files') },
    })
  }
  const cookie = await signIn(web.url, email)
  const page = await fetch(`${web.url}/jobs/${id}?tab=files`, { headers: { cookie: cookie! } })
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('The jobs of 2024-05 were removed')
})

describe('refused with 422 and the field', () => {
  test('are unknown and wrong fields, all at once', async () => {
    const answer = await api.post<{ errors: { path: string; message: string }[] }>('/jobs', {
      ...stage.input(),
      colour: 'red',
      operation: 'fly',
      options: { transfers: 0 },
    })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      status: 422,
      detail: expect.any(String),
    })
    expect(answer.body.errors.map(({ path }) => path).sort()).toEqual([
      'colour',
      'operation',
      'options.transfers',
    ])
    for (const { message } of answer.body.errors) expect(message).toMatch(/\w/)
  })

  test.each([
    ['/jobs?colour=red', 'colour'],
    ['/jobs?limit=1&limit=2', 'limit'],
    ['/jobs?limit=many', 'limit'],
    ['/jobs?cursor=nonsense', 'cursor'],
    ['/jobs?q=%00', 'q'],
    ['/jobs?endpointId=1', 'endpointId'],
    ['/endpoints?q=%00', 'q'],
    [`/stream?jobId=1`, 'jobId'],
  ])('is GET %s', async (path, field) => {
    expect(await api.get(path)).toMatchObject({ status: 422, body: { errors: [{ path: field }] } })
  })

  test.each([
    ['broken', '{"operation": "copy"'],
    ['empty', ''],
    ['cut in the middle of a character', new Uint8Array([0x22, 0xc3, 0x22])],
    ['no object', '"copy"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['deep', '['.repeat(100_000)],
  ])('is a body that is %s', async (_, body) => {
    expect(await api.post('/jobs', body)).toMatchObject({ status: 422, body: { status: 422 } })
  })

  test('is a body with __proto__', async () => {
    const body = JSON.stringify(stage.input()).replace('{', '{"__proto__": {"operation": "copy"}, ')
    expect((await api.post('/jobs', body)).status).toBe(422)
  })
})

describe('refused with 413', () => {
  test.each([2, 10])('is a body of %i MB, and nothing of it is kept', async (megabytes) => {
    const before = await database.db.$count(jobs)
    const body = JSON.stringify({ ...stage.input(), padding: 'x'.repeat(megabytes * 1_000_000) })
    expect(await api.post('/jobs', body)).toMatchObject({
      status: 413,
      body: { status: 413, title: 'Too large' },
    })
    expect(await database.db.$count(jobs)).toBe(before)
    expect((await api.get('/jobs?limit=1')).status).toBe(200)
  })

  test('is one that does not say how long it is', async () => {
    const chunk = new Uint8Array(256 * 1024).fill(0x20)
    let left = 40
    const body = new ReadableStream({
      pull: (controller) => {
        left -= 1
        if (left > 0) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const key = await keyOnly()
    const answer = await fetch(`${web.url}/api/v1/jobs`, {
      method: 'POST',
      headers: key,
      body,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(413)
  })
})

async function keyOnly(): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await makeKey(ctx, 'owner')}` }
}

describe('not there', () => {
  test.each([
    ['GET', `/jobs/${nobody}`],
    ['POST', `/jobs/${nobody}/cancel`],
    ['POST', `/jobs/${nobody}/retry`],
    ['GET', `/jobs/${nobody}/log`],
    ['GET', `/jobs/${nobody}/transfers`],
    ['GET', `/stream?jobId=${nobody}`],
    ['GET', '/jobs/not-an-id'],
    ['GET', "/jobs/1'%20or%20'1'='1"],
    ['GET', `/endpoints/${nobody}`],
    ['DELETE', `/endpoints/${nobody}`],
    ['GET', `/endpoints/${nobody}/files`],
    ['GET', '/nothing'],
    ['POST', '/jobs/a/b/c'],
    ['GET', '/../v1/nothing'],
  ])('%s %s is a 404 problem', async (method, path) => {
    const answer = await api.call(method, path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 404, detail: expect.any(String) })
  })

  test.each([
    ['PUT', '/jobs'],
    ['DELETE', `/jobs/${nobody}`],
    ['GET', `/jobs/${nobody}/cancel`],
    ['POST', '/health'],
  ])('%s %s is a method that its path does not have', async (method, path) => {
    expect((await api.call(method, path)).status).toBe(405)
  })
})

describe('health', () => {
  test('needs no key and says that no worker is heard', async () => {
    const answer = await client(web.url).get('/health')
    expect(answer).toMatchObject({ status: 200, body: { database: 'ok', queue: 'ok' } })
    expect(Object.keys(answer.body).sort()).toEqual([
      'database',
      'disk',
      'queue',
      'rclone',
      'status',
      'worker',
    ])
  })
})

test('no answer of a refusal tells of SQL, stacks or folders of this server', async () => {
  const answers = await Promise.all([
    api.get(`/jobs?cursor=${Buffer.from('["x"]').toString('base64url')}`),
    api.get('/jobs/%00'),
    api.get(`/jobs/${nobody}/log?cursor=${Buffer.from('["99999999999"]').toString('base64url')}`),
    api.post('/endpoints', { name: 'a\ud800', type: 'local', path: '/srv/x' }),
    api.post('/jobs', { ...stage.input(), source: { endpointId: nobody, path: '\ud800' } }),
  ])
  for (const { status, body } of answers) {
    expect(status).toBeLessThan(500)
    expect(JSON.stringify(body)).not.toMatch(/select |insert |node_modules|\.ts:|PostgresError/)
  }
})
