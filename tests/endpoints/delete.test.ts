import { eq, sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { listEndpoints } from '#lib/endpoints/queries.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { insertJob } from '#lib/jobs/insert-job.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { openStage, type Stage } from '#tests/support/stage.ts'

test('one that jobs use is not deleted, and by which is said', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, source } = stage
  const queued = [await stage.queued('a'), await stage.queued('b')]
  const ended = await stage.queued('c')
  await cancelJob({ ctx: ctx.operator, id: ended.id })
  const refused = await deleteEndpoint({ ctx: ctx.operator, id: source.id }).catch(
    (error: Error) => error.message,
  )
  for (const { id, source: from } of queued)
    expect(refused).toContain(`copy in:${from.path} → out:${from.path} (${id})`)
  expect(refused).not.toContain(ended.id)
  for (const path of ['d', 'e']) await stage.queued(path)
  await expect(deleteEndpoint({ ctx: ctx.operator, id: source.id })).rejects.toThrow(/, and more\. Cancel/)
})

test('a job that is being made when its endpoint is deleted is seen', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, source, database } = stage
  const [made, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const making = database.db.transaction(async (tx) => {
    await insertJob(tx, ctx.operator, {
      ...{ operation: 'copy', options: {}, source: { endpointId: source.id, path: 'a' } },
      destination: { endpointId: stage.destination.id, path: 'a' },
    })
    made.resolve()
    await gate.promise
  })
  await made.promise
  const deleting = deleteEndpoint({ ctx: ctx.operator, id: source.id })
  deleting.catch(() => {})
  await someoneWaits(stage)
  gate.resolve()
  await making
  await expect(deleting).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('copy in:a'),
  })
})

test('no job is made of an endpoint that is being deleted', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, source, database } = stage
  const [gone, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const isIt = eq(endpoints.id, source.id)
  const deleting = database.db.transaction(async (tx) => {
    // As the verb does it.
    await tx.select().from(endpoints).where(isIt).for('update')
    await tx.update(endpoints).set({ deletedAt: sql`now()` }).where(isIt)
    gone.resolve()
    await gate.promise
  })
  await gone.promise
  const making = createJob({ ctx: ctx.operator, input: stage.input('a') })
  making.catch(() => {})
  await someoneWaits(stage)
  gate.resolve()
  await deleting
  await expect(making).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('deleted') })
})

test('pages of endpoints have no border that skips or repeats one', async () => {
  const { ctx } = await openStage(onTestFinished)
  // Small letters of these are others in JavaScript than in PostgreSQL: a sigma at the end of a word, an I with a dot.
  for (const name of ['ΟΔΟΣ', 'İzmir', 'izz', 'Яма']) {
    await createEndpoint({ ctx: ctx.operator, input: { name, type: 'local', path: '/srv/x' } })
  }
  const all = await listEndpoints({ ctx: ctx.viewer, input: {} })
  const found: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listEndpoints({ ctx: ctx.viewer, input: { limit: '1', ...(cursor && { cursor }) } })
    found.push(...page.items.map(({ name }) => name))
    expect(found.length).toBeLessThanOrEqual(all.items.length)
    cursor = page.nextCursor
  }
  expect(found).toEqual(all.items.map(({ name }) => name))
})

/** Until a transaction waits for a row that another one holds. */
async function someoneWaits({ database }: Stage): Promise<void> {
  const waiting = async () => {
    const [row] = await database.sql`
      select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return row!.n as number
  }
  await expect.poll(waiting, { timeout: 20_000 }).toBeGreaterThan(0)
}
