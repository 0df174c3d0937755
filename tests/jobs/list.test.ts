import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { bulkJobs } from '#lib/jobs/bulk-jobs.ts'
import { countJobs, findPlace } from '#lib/jobs/find-place.ts'
import { listJobRows } from '#lib/jobs/list-rows.ts'
import { listJobs } from '#lib/jobs/queries.ts'
import { sameTransfers } from '#lib/jobs/same-transfer.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage

/** A run of the same transfer, ended as told. */
async function ended(path: string, how: 'completed' | 'failed'): Promise<string> {
  const { job, held } = await stage.running(path)
  await stage.end(
    held,
    how === 'completed' ? { kind: 'completed' } : { kind: 'failed', cause: 'permission', message: 'No.' },
  )
  return job.id
}

describe('filters', () => {
  let copy = ''
  let move = ''
  beforeAll(async () => {
    copy = (await stage.queued('f/copy')).id
    move = (await stage.queued('f/move', { operation: 'move' })).id
  })
  const ids = async (input: object) =>
    (await listJobs({ ctx: ctx.viewer, input: { q: 'f/', ...input } })).items.map(({ id }) => id)

  test('by operation', async () => {
    expect(await ids({ operation: 'move' })).toEqual([move])
    expect(await ids({ operation: 'sync' })).toEqual([])
  })

  test('by time, which the id tells', async () => {
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
    expect(await ids({ within: '1h' })).toEqual([move, copy])
    // Made on this day, or just before it began.
    expect(await ids({ since: day(1), until: day(0) })).toEqual([move, copy])
    expect(await ids({ until: '2020-01-01' })).toEqual([])
    expect(await ids({ since: '2999-01-01' })).toEqual([])
  })

  test('a wrong one is refused at its field', async () => {
    for (const wrong of [{ within: '5y' }, { since: '21.11.2026' }, { operation: 'delete' }]) {
      await expect(listJobs({ ctx: ctx.viewer, input: wrong })).rejects.toMatchObject({
        kind: 'invalid',
        issues: [{ path: Object.keys(wrong)[0] }],
      })
    }
  })
})

describe('other runs of the same transfer', () => {
  test('tell the last result and the last success, their own and no other transfer’s', async () => {
    const first = await ended('same', 'completed')
    const second = await ended('same', 'failed')
    await ended('other', 'completed')
    const now = await stage.queued('same')
    const found = await sameTransfers({ ctx: ctx.viewer, ids: [first, second, now.id] })
    const at = expect.any(String)
    expect(found.get(now.id)).toEqual({
      last: { id: second, state: 'failed', finishedAt: at },
      success: { id: first, finishedAt: at },
    })
    expect(found.get(second)).toMatchObject({ last: { id: first }, success: { id: first } })
    // A completed one is its own latest success.
    expect(found.get(first)).toMatchObject({ last: { id: second }, success: { id: first } })
  })

  test('of another operation or the other way round are another transfer', async () => {
    await ended('way', 'completed')
    const move = await stage.queued('way', { operation: 'move' })
    const back = await stage.queued('way', {
      source: { endpointId: stage.destination.id, path: 'way' },
      destination: { endpointId: stage.source.id, path: 'way' },
    })
    const found = await sameTransfers({ ctx: ctx.viewer, ids: [move.id, back.id] })
    expect(found.get(move.id)).toEqual({ last: null, success: null })
    expect(found.get(back.id)).toEqual({ last: null, success: null })
  })

  test('are looked up along their index', async () => {
    const plan = await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`)
      return tx.execute(sql`explain select id from jobs
        where source_endpoint_id = ${stage.source.id} and destination_endpoint_id = ${stage.destination.id}
          and md5(operation || source_path || '//' || destination_path)::uuid = md5('copysame//same')::uuid
          and state = 'completed' and finished_at is not null order by id desc limit 1`)
    })
    expect(JSON.stringify(plan)).toContain('jobs_same')
  })
})

describe('many at once', () => {
  test('says how many were done and which refused, and why', async () => {
    const [one, two] = [await stage.queued('bulk/1'), await stage.queued('bulk/2')]
    await cancelJob({ ctx: ctx.operator, id: two.id })
    const missing = '01a1fc86-49b6-71aa-a721-95a2b54606e6'
    const answer = await bulkJobs({
      ctx: ctx.operator,
      input: { action: 'cancel', ids: [one.id, two.id, missing, one.id] },
    })
    expect(answer.done).toBe(1)
    expect(answer.refused.toSorted((a, b) => a.message.localeCompare(b.message))).toEqual([
      { id: two.id, message: 'The job is cancelled already.' },
      { id: missing, message: 'There is no such job.' },
    ])
    expect((await stage.row(one.id)).state).toBe('cancelled')
  })

  test.each(['retry', 'pause', 'resume'] as const)('%s', async (action) => {
    const job = await stage.queued('bulk/each')
    if (action === 'retry') await bulkJobs({ ctx: ctx.operator, input: { action: 'cancel', ids: [job.id] } })
    if (action === 'resume') await bulkJobs({ ctx: ctx.operator, input: { action: 'pause', ids: [job.id] } })
    const answer = await bulkJobs({ ctx: ctx.operatorKey, input: { action, ids: [job.id] } })
    expect(answer).toEqual({ done: 1, refused: [] })
    expect((await stage.row(job.id)).state).toBe(action === 'pause' ? 'paused' : 'queued')
  })

  test('is refused to a viewer, and beyond 200', async () => {
    const input = { action: 'cancel', ids: Array.from({ length: 201 }, () => crypto.randomUUID()) }
    await expect(bulkJobs({ ctx: ctx.operator, input })).rejects.toMatchObject({ kind: 'invalid' })
    await expect(
      bulkJobs({ ctx: ctx.viewer, input: { action: 'cancel', ids: [crypto.randomUUID()] } }),
    ).rejects.toMatchObject({ kind: 'forbidden' })
  })
})

describe('a list of twelve thousand', () => {
  beforeAll(async () => {
    const model = await stage.row((await stage.queued('many')).id)
    // One each millisecond, long ago.
    await database.db.execute(sql`
      insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
        destination_path, created_by, created_at, finished_at)
      select overlay(overlay(uuidv7_floor('2026-01-01T00:00:00Z'::timestamptz + n * interval '1 millisecond')::text
          placing '7' from 15) placing '8' from 20)::uuid, 'completed', 'sync',
        ${model.sourceEndpointId}::uuid, 'many/' || n, ${model.destinationEndpointId}::uuid, '', 'test',
        '2026-01-01', '2026-01-01'
      from generate_series(1, 12000) n`)
    await database.db.execute(sql`analyze jobs`)
  })

  test('is counted exactly to ten thousand, and then about', async () => {
    const count = (input: object) => countJobs({ ctx: ctx.viewer, input })
    expect(await count({ operation: 'sync' })).toEqual({ count: 10_000, exact: false })
    expect(await count({ since: '2026-06-01', state: 'completed' })).toMatchObject({ exact: true })
    const all = (await count({}))!
    expect(all.exact).toBe(false)
    expect(all.count).toBeGreaterThan(11_000)
    expect(all.count).toBeLessThan(13_000)
    expect(await count({ q: 'many' })).toBeNull()
  })

  test('is read from any place, as if it had been walked to', async () => {
    const filters = { operation: 'sync' as const }
    const first = await listJobRows({ ctx: ctx.viewer, input: { ...filters, limit: 1 } })
    const head = first.items[0]!.view.job.id
    const cursor = await findPlace({ ctx: ctx.viewer, input: { filters, head, offset: 7000 } })
    const there = await listJobRows({ ctx: ctx.viewer, input: { ...filters, cursor: cursor!, limit: 2 } })
    expect(there.items.map(({ view }) => view.job.source.path)).toEqual(['many/5000', 'many/4999'])
    expect(await findPlace({ ctx: ctx.viewer, input: { filters, head, offset: 12_001 } })).toBeNull()
    // What came after the list was read shifts nothing.
    await database.db.insert(jobs).values({
      ...(await stage.row(head)),
      id: '01ffffff-0000-7000-8000-000000000000',
    })
    expect(await findPlace({ ctx: ctx.viewer, input: { filters, head, offset: 7000 } })).toBe(cursor)
    await database.db.delete(jobs).where(eq(jobs.id, '01ffffff-0000-7000-8000-000000000000'))
  })
})
