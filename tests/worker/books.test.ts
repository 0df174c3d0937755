import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { eventKeys, events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { mendEvents } from '#lib/events/mend-events.ts'
import { findUnaccounted } from '#lib/events/unaccounted.ts'
import { readOverview } from '#lib/overview/read-overview.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { openWatching } from '#tests/support/watching.ts'

test('books that are broken by hand are raised, and mended where they can be', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  const { db } = depot.database
  const worker = await depot.worker(onTestFinished)
  const { watch } = openWatching(depot)
  const [a, gone] = [await watch('a'), await watch('gone')]
  await Promise.all([a.ready(), gone.ready()])
  await plant(join(depot.in, 'a'), { one: '1', two: '2', three: '3' })
  await plant(join(depot.in, 'gone'), { four: '4' })
  await Promise.all([a.settled(3), gone.settled(1)])
  const needs = async () => (await readOverview({ ctx: depot.ctx.viewer })).needs.items
  expect(await needs()).not.toContainEqual(expect.objectContaining({ kind: 'unaccounted' }))
  await worker.end('SIGTERM')

  const [one, three, two] = (await a.events())
    .toSorted((x, y) => (x.path < y.path ? -1 : 1))
    .map(({ id }) => id)
  const lost = { state: 'pending', settledAt: null } as const
  // Its job has ended; its job is gone; nobody took it; nobody can, since its template was deleted.
  await db.update(events).set(lost).where(eq(events.id, one!))
  await db
    .update(events)
    .set({ ...lost, jobId: sql`gen_random_uuid()` })
    .where(eq(events.id, two!))
  const longAgo = { ...lost, jobId: null, waitingSince: sql`now() - interval '1 hour'` }
  await db.update(events).set(longAgo).where(eq(events.id, three!))
  const [orphan] = await gone.events()
  await deleteTemplate({ ctx: depot.ctx.operator, id: gone.template.id })
  await db.update(events).set(longAgo).where(eq(events.id, orphan!.id))
  const found = await findUnaccounted({ ctx: depot.ctx.agent })
  expect(found.map(({ eventId, mistake }) => [eventId, mistake]).sort()).toEqual(
    [
      [one, 'ended'],
      [two, 'jobless'],
      [three, 'forgotten'],
      [orphan!.id, 'forgotten'],
    ].sort(),
  )
  expect(await needs()).toContainEqual(expect.objectContaining({ kind: 'unaccounted', count: 4 }))
  // Of its own three.
  expect((await a.summary()).unaccounted).toBe(3)

  const second = await depot.worker(onTestFinished)
  await eventually('the books agree again', async () => {
    const left = await findUnaccounted({ ctx: depot.ctx.agent })
    return left.length === 0 && (await a.summary()).pending === 0
  })
  expect(second.output()).toContain('unaccounted for')
  expect((await a.events()).map(({ path, state }) => `${path} ${state}`).sort()).toEqual([
    ...['one transferred', 'three transferred', 'two failed'],
  ])
  expect(await gone.events()).toMatchObject([{ state: 'ignored', reason: 'The template was deleted.' }])
  expect(await needs()).not.toContainEqual(expect.objectContaining({ kind: 'unaccounted' }))

  // Of what was never written only that can be said.
  await db.insert(eventKeys).values({
    ...{ triggerId: a.triggerId, keyHash: sql`gen_random_uuid()`, eventId: sql`gen_random_uuid()` },
  })
  expect(await needs()).toContainEqual(
    expect.objectContaining({ kind: 'unaccounted', count: 1, why: expect.stringContaining('is not') }),
  )
  await mendEvents({ ctx: depot.ctx.agent })
  expect(await findUnaccounted({ ctx: depot.ctx.agent })).toEqual([])
  // The counts that are kept are what counting says.
  const counted = await db
    .select({ state: events.state, count: sql<number>`count(*)::int` })
    .from(events)
    .where(eq(events.templateId, a.template.id))
    .groupBy(events.state)
  expect(Object.fromEntries(counted.map(({ state, count }) => [state, count]))).toEqual({
    ...{ transferred: 2, failed: 1, dead: 1 },
  })
  expect(await a.summary()).toMatchObject({ received: 4, transferred: 2, failed: 1, dead: 1, pending: 0 })
  expect(await db.select().from(jobs).where(eq(jobs.state, 'queued'))).toEqual([])
})
