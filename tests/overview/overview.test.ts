import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { agents, workers } from '#lib/db/schema/agents.ts'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { pauseJob } from '#lib/jobs/stop-job.ts'
import { readOverview } from '#lib/overview/read-overview.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { figures, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const read = () => readOverview({ ctx: ctx.viewer })
const kinds = async () => (await read()).needs.items.map(({ kind }) => kind)

async function ended(path: string, how: 'completed' | 'failed', bytes = 0): Promise<string> {
  const { job, held } = await stage.running(path)
  await stage.end(
    held,
    how === 'completed' ? { kind: 'completed' } : { kind: 'failed', cause: 'permission', message: 'No.' },
    { figures: figures({ bytes, totalBytes: bytes, files: bytes > 0 ? 1 : 0 }) },
  )
  return job.id
}

test('the first day has nothing to show and says so', async () => {
  const overview = await read()
  expect(overview).toMatchObject({ anyJob: false, endpoints: 2, running: [], successes: [] })
  expect(overview.needs).toEqual({ items: [], more: [] })
  expect(overview.moved).toHaveLength(14)
})

describe('what needs a person', () => {
  test('a failed job, until a later run of the same transfer has arrived', async () => {
    const failed = await ended('daily', 'failed')
    expect((await read()).needs.items).toMatchObject([
      { kind: 'failed', view: { job: { id: failed } }, same: { success: null } },
    ])
    const again = await ended('daily', 'failed')
    // Of a transfer that fails each day, the latest.
    expect((await read()).needs.items).toMatchObject([{ kind: 'failed', view: { job: { id: again } } }])
    await ended('daily', 'completed')
    expect(await kinds()).toEqual([])
  })

  test('a failure of long ago no more', async () => {
    const failed = await ended('old', 'failed')
    expect(await kinds()).toEqual(['failed'])
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`delete from attempts where job_id = ${failed}`)
      await tx
        .update(jobs)
        .set({ id: sql`uuidv7_floor(now() - interval '20 days')` })
        .where(eq(jobs.id, failed))
    })
    expect(await kinds()).toEqual([])
  })

  test('a paused job', async () => {
    const job = await stage.queued('waits')
    await pauseJob({ ctx: ctx.operator, id: job.id })
    expect(await kinds()).toEqual(['waiting'])
    await database.db.delete(jobs).where(eq(jobs.id, job.id))
  })

  test('no job that waits for the run before or for an endpoint: it goes on by itself', async () => {
    const job = await stage.queued('after')
    const waits = (waitingFor: 'parent' | 'endpoint' | 'approval') =>
      database.db.update(jobs).set({ state: 'pending', waitingFor }).where(eq(jobs.id, job.id))
    for (const itself of ['parent', 'endpoint'] as const) {
      await waits(itself)
      expect(await kinds()).toEqual([])
    }
    await waits('approval')
    expect(await kinds()).toEqual(['waiting'])
    await database.db.delete(jobs).where(eq(jobs.id, job.id))
  })

  test('dead events, by their templates, for two weeks', async () => {
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name: 'Cards', operation: 'copy', triggers: [{ type: 'watch' }] },
        source: { endpointId: stage.source.id, path: 'cards' },
        destinations: [{ endpointId: stage.destination.id, path: 'kept' }],
      },
    })
    const one = {
      ...{ templateId: template.id, triggerId: template.triggers[0]!.id, source: 'watch' as const },
      ...{ kind: 'created' as const, state: 'dead' as const, reason: 'Its name is too long.' },
      ...{ occurredAt: new Date(), settledAt: new Date() },
    }
    const id = sql`uuidv7_floor(now() - interval '15 days')`
    await database.db.insert(events).values([
      { ...one, path: 'a' },
      { ...one, path: 'b' },
    ])
    await database.db.insert(events).values({ ...one, id, path: 'old' })
    expect((await read()).needs).toEqual({
      items: [{ kind: 'dead', templateId: template.id, template: 'Cards', count: 2, atLeast: false }],
      more: [],
    })
    await deleteTemplate({ ctx: ctx.operator, id: template.id })
    expect(await kinds()).toEqual([])
  })

  test('what overflows leads to where the rest of it is', async () => {
    const paused = await Promise.all(Array.from({ length: 9 }, (_, n) => stage.queued(`many ${n}`)))
    for (const { id } of paused) await pauseJob({ ctx: ctx.operator, id })
    const { items, more } = (await read()).needs
    expect([items.length, more]).toEqual([8, ['jobs']])
    for (const { id } of paused) await database.db.delete(jobs).where(eq(jobs.id, id))
  })

  test('a worker that is away, a disk that fills, folders that nobody allowed', async () => {
    const worker = eq(workers.id, ctx.workerId)
    await database.db
      .update(workers)
      .set({ diskFree: 1024 ** 3 })
      .where(worker)
    expect((await read()).needs.items).toEqual([{ kind: 'disk', free: 1024 ** 3 }])
    await database.db
      .update(workers)
      .set({ diskFree: 1024 ** 4, heartbeatAt: sql`now() - interval '1 hour'` })
      .where(worker)
    expect((await read()).needs.items).toEqual([{ kind: 'worker', heardAt: expect.any(String) }])
    expect((await read()).slots).toBeNull()
    await database.db.update(workers).set({ heartbeatAt: sql`now()` }).where(worker)
    await database.db.update(agents).set({ roots: null })
    expect(await kinds()).toEqual(['roots'])
    await database.db.update(agents).set({ roots: ['/srv'] })
    expect(await kinds()).toEqual([])
  })
})

test('what runs and what arrived', async () => {
  const { job } = await stage.running('now')
  const done = await ended('done', 'completed', 5)
  const overview = await read()
  expect(overview.running.map((view) => view.job.id)).toEqual([job.id])
  expect(overview.successes[0]!.job.id).toBe(done)
})

test('each day’s bytes, files and jobs stand under the day they ended on, in UTC', async () => {
  const fresh = await openStage(afterAll)
  const at = async (ago: string, bytes: number, how: 'completed' | 'failed' = 'completed') => {
    const { job, held } = await fresh.running('m')
    await fresh.end(
      held,
      how === 'completed' ? { kind: 'completed' } : { kind: 'failed', cause: 'permission', message: '' },
      { figures: figures({ bytes, totalBytes: bytes, files: 2 }) },
    )
    await fresh.database.db
      .update(jobs)
      .set({ finishedAt: sql`date_trunc('day', now(), 'UTC') - ${ago}::interval` })
      .where(eq(jobs.id, job.id))
  }
  await at('0', 100)
  await at('1 microsecond', 10)
  await at('1 day', 1, 'failed')
  await at('20 days', 1000)
  const { moved } = await readOverview({ ctx: fresh.ctx.viewer })
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  expect(moved.at(-1)).toEqual({ day: day(0), bytes: 100, files: 2, completed: 1, failed: 0 })
  expect(moved.at(-2)).toEqual({ day: day(1), bytes: 11, files: 4, completed: 1, failed: 1 })
  expect(moved.slice(0, -2).every(({ bytes }) => bytes === 0)).toBe(true)
  expect(moved[0]!.day).toBe(day(13))

  // What had ended is not summed again at each look; what has ended since is there at once.
  await fresh.database.db.execute(sql`update jobs set bytes = bytes + 1`)
  await fresh.database.db.execute(sql`
    insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id, destination_path,
      created_by, bytes, files, finished_at)
    select uuidv7_floor(now()), 'completed', operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, created_by, 1000, 1, now() from jobs limit 1`)
  const later = (await readOverview({ ctx: fresh.ctx.viewer })).moved
  expect(later.at(-1)).toEqual({ day: day(0), bytes: 1100, files: 3, completed: 2, failed: 0 })
})

test('an agent has no overview', async () => {
  await expect(readOverview({ ctx: ctx.agent })).rejects.toMatchObject({ kind: 'forbidden' })
})
