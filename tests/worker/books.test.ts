import { join } from 'node:path'
import { and, eq, sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { eventCounts, eventKeys, events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { watchedFiles, watches } from '#lib/db/schema/watches.ts'
import { mendEvents } from '#lib/events/mend-events.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import { recountEvents } from '#lib/events/recount-events.ts'
import { findUnaccounted } from '#lib/events/unaccounted.ts'
import { readOverview } from '#lib/overview/read-overview.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { figures, fileEnd, openStage } from '#tests/support/stage.ts'
import { openWatching } from '#tests/support/watching.ts'
import { forgetTriggers } from '#workers/maintenance/gone-triggers.ts'

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

test('a fate that its job does not bear out is raised, and mended', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, database } = stage
  const { db } = database
  const a = await openLedger(stage)('a', 'out')
  await a.record(happening('one'), happening('two'), happening('three'), happening('there already'))
  await a.gather()
  const jobId = await a.jobOf('one')
  const held = (await stage.claim(jobId))!
  const files = ['one', 'two', 'three'].map((path) => fileEnd(path))
  await stage.end(held, { kind: 'completed' }, { files, figures: figures({ files: 3, unchangedFiles: 1 }) })
  const mistakes = async () => (await findUnaccounted({ ctx: ctx.agent })).map((one) => one.mistake)
  expect(await mistakes()).toEqual([])
  const [one, two] = (await a.rows()).map(({ id }) => id)
  const fileOf = (path: string) => and(eq(transfers.jobId, jobId), eq(transfers.path, path))

  await db.update(transfers).set({ state: 'failed' }).where(fileOf('one'))
  expect(await findUnaccounted({ ctx: ctx.agent })).toMatchObject([{ eventId: one, mistake: 'unfounded' }])
  await mendEvents({ ctx: ctx.agent })
  expect(await a.fates()).toContain('one failed')
  await db.update(transfers).set({ state: 'completed' }).where(fileOf('one'))
  expect(await findUnaccounted({ ctx: ctx.agent, templateId: a.templateId })).toMatchObject([
    { eventId: one, mistake: 'untold' },
  ])
  await mendEvents({ ctx: ctx.agent })
  expect(await a.fates()).toContain('one transferred')
  expect(await mistakes()).toEqual([])

  // Without its row there is one file less than the job accounts for; which of the two was there already, nobody knows.
  await db.delete(transfers).where(fileOf('two'))
  const short = await findUnaccounted({ ctx: ctx.agent })
  expect(short.map(({ mistake }) => mistake)).toEqual(['unfounded', 'unfounded'])
  expect(short.map(({ eventId }) => eventId)).toContain(two)
  await mendEvents({ ctx: ctx.agent })
  expect((await a.fates()).toSorted()).toEqual([
    ...['one transferred', 'there already failed', 'three transferred', 'two failed'],
  ])
  expect(await mistakes()).toEqual([])
})

test('so is that of a sync, which tells of the files that it changed and of no others', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, database } = stage
  const { db } = database
  const a = await openLedger(stage)('a', 'out', { operation: 'sync' })
  const mistakes = async () =>
    (await findUnaccounted({ ctx: ctx.agent })).map(({ eventId, mistake }) => [eventId, mistake])
  await a.record(happening('one'), happening('there already'))
  await a.gather()
  const jobId = await a.jobOf('one')
  await stage.end((await stage.claim(jobId))!, { kind: 'completed' }, { files: [fileEnd('one')] })
  expect(await mistakes()).toEqual([])
  const [one] = await a.rows()
  await db.update(transfers).set({ state: 'failed' }).where(eq(transfers.jobId, jobId))
  expect(await mistakes()).toEqual([[one!.id, 'unfounded']])
  await mendEvents({ ctx: ctx.agent })
  expect(await a.fates()).toEqual(['one failed', 'there already transferred'])

  await a.record(happening('two'), happening('three'))
  await a.gather()
  const failure = { kind: 'failed', cause: 'permission', message: 'Refused.' } as const
  const held = (await stage.claim(await a.jobOf('two')))!
  await stage.end(held, failure, { files: [fileEnd('two')] })
  expect(await mistakes()).toEqual([])
  const three = (await a.rows()).at(-1)!
  await db.update(events).set({ state: 'transferred', reason: null }).where(eq(events.id, three.id))
  expect(await mistakes()).toEqual([[three.id, 'unfounded']])
  await mendEvents({ ctx: ctx.agent })
  expect((await a.fates()).slice(2)).toEqual(['two transferred', 'three failed'])
  expect(await mistakes()).toEqual([])
})

test('counts that are wrong are found by month and put right, once', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, database } = stage
  const a = await openLedger(stage)('a', 'out')
  await a.record(happening('one', { ignored: 'Of no use.' }), happening('two'))
  expect(await recountEvents({ ctx: ctx.agent })).toEqual([])
  const month = new Date().toISOString().slice(0, 7)
  const wrong = (count: number, of: string) =>
    database.db.insert(eventCounts).values({ templateId: a.templateId, month: of, state: 'ignored', count })
  await wrong(3, month)
  await wrong(2, '2025-12')
  const [first, second] = await Promise.all([
    recountEvents({ ctx: ctx.agent, turn: 0 }),
    recountEvents({ ctx: ctx.agent, turn: 0 }),
  ])
  expect([...first, ...second]).toEqual([
    { templateId: a.templateId, month, state: 'ignored', missing: -3 },
    { templateId: a.templateId, month: '2025-12', state: 'ignored', missing: -2 },
  ])
  expect(await summarizeEvents({ ctx: ctx.viewer })).toMatchObject({ received: 2, ignored: 1, pending: 1 })
})

test('what a deleted trigger remembered is removed, once and in its time', async () => {
  const stage = await openStage(onTestFinished)
  const { ctx, database } = stage
  const { db } = database
  const ledger = openLedger(stage)
  const [gone, stays] = [await ledger('gone', 'out'), await ledger('stays', 'out')]
  for (const { triggerId, record } of [gone, stays]) {
    await record(happening('f', { ignored: 'Of no use.' }))
    const file = { folderHash: sql`gen_random_uuid()`, name: 'f', folder: '', mark: '1' }
    await db.insert(watchedFiles).values({ triggerId, ...file })
    const state = { base: '/srv/in', since: new Date(), countsFrom: new Date() }
    await db.insert(watches).values({ triggerId, ...state })
  }
  await deleteTemplate({ ctx: ctx.operator, id: gone.templateId })
  const left = async (triggerId: string) =>
    Promise.all(
      [watchedFiles, watches, eventKeys].map((table) => db.$count(table, eq(table.triggerId, triggerId))),
    )
  await forgetTriggers(ctx.agent)
  // Who watched for it may still write.
  expect(await left(gone.triggerId)).toEqual([1, 1, 1])
  const of = eq(triggers.id, gone.triggerId)
  await db.update(triggers).set({ deletedAt: sql`now() - interval '1 hour'` }).where(of)
  await forgetTriggers(ctx.agent)
  expect(await left(gone.triggerId)).toEqual([0, 0, 0])
  expect(await left(stays.triggerId)).toEqual([1, 1, 1])
  expect((await db.select().from(triggers).where(of))[0]?.forgottenAt).not.toBeNull()
})
