import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '#lib/cursor.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { listEndpoints } from '#lib/endpoints/queries.ts'
import { listTransfers, readLog } from '#lib/jobs/details.ts'
import { listJobs } from '#lib/jobs/queries.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { fileEnd, openStage, reportOf } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage
const made: Job[] = []
let jobId = ''

beforeAll(async () => {
  for (let n = 0; n < 25; n += 1) made.push(await stage.queued(`p/${n}%_\\`))
  for (const job of made.slice(0, 5)) await cancelJob({ ctx: ctx.operator, id: job.id })
  const { job, held } = await stage.running('pages')
  jobId = job.id
  const files = Array.from({ length: 60 }, (_, n) =>
    n % 6 === 0
      ? fileEnd(`f/${n}`, { state: 'failed', cause: 'network', message: 'cut' })
      : fileEnd(`f/${n}`),
  )
  const inFlight = [{ path: 'moving', size: 9, bytes: 3, speed: 1 }]
  const line = (n: number) =>
    ({ at: '2026-11-21T10:00:00.000Z', level: 'info', message: `line ${n}` }) as const
  for (let n = 0; n < 13; n += 1) {
    const log = [line(n * 2), line(n * 2 + 1)]
    await reportAttempts({
      ctx: ctx.agent,
      reports: [reportOf(held, { files: n === 0 ? files : [], inFlight, log })],
    })
  }
})

/** Every page, following the cursors. */
async function walk<T>(page: (cursor?: string) => Promise<Page<T>>): Promise<T[][]> {
  const pages: T[][] = []
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await page(cursor)
    pages.push(items)
    // A cursor that leads back would lead round for ever.
    expect(pages.length).toBeLessThan(200)
    expect(nextCursor ?? 'end').toMatch(/^[\w-]+$/)
    cursor = nextCursor ?? undefined
  } while (cursor)
  return pages
}

describe('jobs', () => {
  const list = (input: object) => listJobs({ ctx: ctx.viewer, input })

  test.each([1, 7, 26, 27, 200])('in pages of %i come newest first, each once', async (limit) => {
    const pages = await walk((cursor) => list({ limit, cursor }))
    const ids = pages.flat().map(({ id }) => id)
    expect(ids).toEqual([jobId, ...made.map(({ id }) => id).reverse()])
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit)
  })

  test('made meanwhile neither repeat nor hide any', async () => {
    const first = await list({ limit: 10 })
    const late = await stage.queued('late')
    const rest = await walk((cursor) => list({ limit: 10, cursor: cursor ?? first.nextCursor! }))
    await cancelJob({ ctx: ctx.operator, id: late.id })
    const ids = [...first.items, ...rest.flat()].map(({ id }) => id)
    expect(ids).toEqual([jobId, ...made.map(({ id }) => id).reverse()])
  })

  test('are found by state, endpoint and text taken literally', async () => {
    const cancelled = await list({ state: 'cancelled,failed', limit: 200 })
    expect(cancelled.items.map(({ id }) => id)).toEqual(
      expect.arrayContaining(made.slice(0, 5).map(({ id }) => id)),
    )
    expect(new Set(cancelled.items.map(({ state }) => state))).toEqual(new Set(['cancelled']))
    expect((await list({ q: '3%_\\' })).items.map(({ source }) => source.path).sort()).toEqual([
      ...['p/13%_\\', 'p/23%_\\', 'p/3%_\\'],
    ])
    expect((await list({ q: '_%' })).items).toEqual([])
    expect(
      (await list({ endpointId: stage.destination.id, limit: 200 })).items.length,
    ).toBeGreaterThanOrEqual(26)
    expect((await list({ endpointId: jobId })).items).toEqual([])
  })

  test.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 201 }],
    ['state.1', { state: 'queued,flying' }],
    ['cursor', { cursor: 'nonsense' }],
    ['cursor', { cursor: Buffer.from('["not-an-id"]').toString('base64url') }],
    ['cursor', { cursor: Buffer.from('["a","b"]').toString('base64url') }],
    ['endpointId', { endpointId: 'x' }],
    ['q', { q: 'a\0b' }],
    ['page', { page: 2 }],
  ])('refuse a wrong %s: %j', async (path, input) => {
    await expect(list(input)).rejects.toMatchObject({ kind: 'invalid', issues: [{ path }] })
  })
})

describe('a job’s files', () => {
  const list = (input: object) => listTransfers({ ctx: ctx.viewer, id: jobId, input })

  test.each([1, 7, 10, 50, 60, 200])('in pages of %i: moving, failed, others, each once', async (limit) => {
    const items = (await walk((cursor) => list({ limit, cursor }))).flat()
    expect(items.map(({ state }) => state)).toEqual([
      'running',
      ...Array<string>(10).fill('failed'),
      ...Array<string>(50).fill('completed'),
    ])
    expect(new Set(items.map(({ path }) => path)).size).toBe(61)
  })

  test.each([1, 2, 3, 5])('that move are pages of %i too, then come the others', async (limit) => {
    const { job, held } = await stage.running(`moving in ${limit}`)
    const inFlight = ['a', 'b', 'c', 'd'].map((path) => ({ path, size: 1, bytes: 0, speed: 0 }))
    const files = ['e', 'f'].map((path) => fileEnd(path))
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { inFlight, files })] })
    const of = (input: object) => listTransfers({ ctx: ctx.viewer, id: job.id, input })
    const pages = await walk((cursor) => of({ limit, cursor }))
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit)
    expect(pages.flat().map(({ state }) => state)).toEqual([
      ...Array<string>(4).fill('running'),
      ...Array<string>(2).fill('completed'),
    ])
    const running = await walk((cursor) => of({ state: 'running', limit, cursor }))
    for (const page of running) expect(page.length).toBeLessThanOrEqual(limit)
    expect(
      running
        .flat()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each([
    ['failed', 10],
    ['completed', 50],
    ['cancelled', 0],
    ['running', 1],
  ])('in the state %s are %i', async (state, count) => {
    const items = (await walk((cursor) => list({ state, limit: 7, cursor }))).flat()
    expect(items).toHaveLength(count)
    for (const item of items) expect(item.state).toBe(state)
  })

  test('are found by text', async () => {
    expect((await list({ q: 'F/1' })).items.map(({ path }) => path).sort()).toEqual([
      ...['f/1', 'f/10', 'f/11', 'f/12', 'f/13', 'f/14', 'f/15', 'f/16', 'f/17', 'f/18', 'f/19'],
    ])
  })

  test.each([
    ['cursor', { cursor: Buffer.from('["0","not-a-hash"]').toString('base64url') }],
    ['cursor', { cursor: Buffer.from('["0"]').toString('base64url') }],
    ['q', { q: '\0' }],
    ['state', { state: 'queued' }],
  ])('refuse a wrong %s: %j', async (path, input) => {
    await expect(list(input)).rejects.toMatchObject({ kind: 'invalid', issues: [{ path }] })
  })
})

describe('a job’s log', () => {
  test('comes in order, each line once, with its attempt', async () => {
    const pages = await walk((cursor) => readLog({ ctx: ctx.viewer, id: jobId, input: { cursor } }))
    expect(pages.flat().map(({ message }) => message)).toEqual(
      Array.from({ length: 26 }, (_, n) => `line ${n}`),
    )
    for (const line of pages.flat()) expect(line.attempt).toBe(1)
  })

  test.each([
    ['many lines', 6000, 'short'],
    ['long lines', 600, 'x'.repeat(4000)],
  ])(
    'of %s comes in pages of at most 2,500 lines and a megabyte, however they were told',
    async (_, count, text) => {
      const { job, held } = await stage.running(`log of ${count}`)
      const log = Array.from({ length: count }, (_, n) => {
        return { at: '2026-11-21T10:00:00.000Z', level: 'info' as const, message: `${n} ${text}` }
      })
      await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { log })] })
      const pages = await walk((cursor) => readLog({ ctx: ctx.viewer, id: job.id, input: { cursor } }))
      expect(pages.length).toBe(3)
      expect(pages.flat().map(({ message }) => Number.parseInt(message, 10))).toEqual(log.map((_, n) => n))
      for (const page of pages) {
        expect(page.length).toBeLessThanOrEqual(2500)
        expect(JSON.stringify(page).length).toBeLessThan(1.2 * 1024 * 1024)
      }
    },
  )

  test.each([1, 5, 25, 200])('comes in pages of %i lines where they are asked for', async (limit) => {
    const pages = await walk((cursor) => readLog({ ctx: ctx.viewer, id: jobId, input: { cursor, limit } }))
    expect(pages.flat().map(({ message }) => message)).toEqual(
      Array.from({ length: 26 }, (_, n) => `line ${n}`),
    )
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit)
  })

  test.each([0, 201, 'many'])('refuses %s lines', async (limit) => {
    await expect(readLog({ ctx: ctx.viewer, id: jobId, input: { limit } })).rejects.toMatchObject({
      ...{ kind: 'invalid', issues: [{ path: 'limit' }] },
    })
  })

  test('refuses a cursor of another list', async () => {
    const cursor = Buffer.from('["x","y"]').toString('base64url')
    await expect(readLog({ ctx: ctx.viewer, id: jobId, input: { cursor } })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})

describe('endpoints', () => {
  test('in pages of 3 come by name, each once, whatever their case', async () => {
    for (const name of ['Zoo', 'alpha', 'Beta', 'éclair', 'beta 2']) {
      await createEndpoint({ ctx: ctx.owner, input: { name, type: 'local', path: '/srv/x' } })
    }
    const pages = await walk((cursor) => listEndpoints({ ctx: ctx.viewer, input: { limit: 3, cursor } }))
    expect(pages.flat().map(({ name }) => name)).toEqual([
      ...['alpha', 'Beta', 'beta 2', 'in', 'out', 'Zoo', 'éclair'],
    ])
  })

  test.each(['Alpha', 'ZOO'])('refuse the taken name %s', async (name) => {
    const input = { name, type: 'local', path: '/srv/x' }
    await expect(createEndpoint({ ctx: ctx.owner, input })).rejects.toMatchObject({ kind: 'conflict' })
  })

  test.each([
    ['path', { name: 'a', type: 'local', path: '/etc' }],
    ['path', { name: 'a', type: 'local', path: '/srv/../etc' }],
    ['path', { name: 'a', type: 'local', path: 'srv' }],
    ['path', { name: 'a', type: 'local', path: '/srvx' }],
    ['path', { name: 'a', type: 'local', path: '/srv/\0' }],
    ['name', { name: 'a:b', type: 'local', path: '/srv/x' }],
    ['name', { name: 'a\ud800', type: 'local', path: '/srv/x' }],
    ['name', { name: '  ', type: 'local', path: '/srv/x' }],
    ['type', { name: 'a', type: '', path: '/srv/x' }],
    ['settings.ssh', { name: 'a', type: 'local', path: '/srv/x', settings: { ssh: 'sh' } }],
    ['limits.bandwidth', { name: 'a', type: 'local', path: '/srv/x', limits: { bandwidth: 'fast' } }],
  ])('refuse a wrong %s: %j', async (path, input) => {
    await expect(createEndpoint({ ctx: ctx.owner, input })).rejects.toMatchObject({
      kind: 'invalid',
      issues: [{ path }],
    })
  })
})
