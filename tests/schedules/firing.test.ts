import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { firings } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { claimAttempts } from '#lib/jobs/claim-attempt.ts'
import { endAttempt } from '#lib/jobs/end-attempt.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { checkFirings } from '#lib/schedules/check-firings.ts'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { recentFirings } from '#lib/schedules/recent-firings.ts'
import { releaseWaiting } from '#lib/schedules/release-waiting.ts'
import { removeOldFirings } from '#lib/schedules/remove-old-firings.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { getTemplate } from '#lib/templates/queries.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { contextsOver } from '#tests/support/context.ts'
import { openDepot } from '#tests/support/depot.ts'
import {
  backdate,
  firingsOf,
  messagesOf,
  runsOf,
  type Scheduled,
  scheduled,
  triggerOf,
} from '#tests/support/schedules.ts'

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.agent
const HOUR = 3600
const fireAll = async () => {
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
}

/** Due once more, an interval later. */
async function again(one: Scheduled): Promise<void> {
  await backdate(database, one.triggerId, HOUR)
  await fireAll()
}

test('what is due makes one job of the time it was due at, and the message of the next', async () => {
  const one = await scheduled(
    depot,
    { everySeconds: HOUR },
    { destinations: [{ endpointId: depot.destination.id, path: '{date:yyyy-MM-dd HH.mm}' }] },
  )
  await fireAll()
  expect(await firingsOf(database, one.triggerId)).toEqual([])
  await again(one)
  const [firing, ...more] = await firingsOf(database, one.triggerId)
  const [job, ...others] = await runsOf(database, one.templateId)
  expect([more, others]).toEqual([[], []])
  expect(firing).toMatchObject({ state: 'fired', reason: null, jobId: job!.id })
  expect(job).toMatchObject({ state: 'queued', trigger: 'schedule', attempt: 1 })
  const due = firing!.dueAt.toISOString()
  expect(job!.destinationPath).toBe(`${due.slice(0, 10)} ${due.slice(11, 13)}.${due.slice(14, 16)}`)
  const next = new Date(firing!.dueAt.getTime() + HOUR * 1000)
  expect((await triggerOf(database, one.triggerId)).nextDueAt).toEqual(next)
  expect(await messagesOf(database, one.triggerId)).toEqual([next.toISOString()])
  const [told] = await database.sql`select * from audit_entries where subject_id = ${job!.id}`
  expect(told).toMatchObject({ action: 'job.create', detail: { template: one.name, trigger: 'schedule' } })
  await claimAttempts({ ctx, workerId: depot.ctx.workerId, count: 10 })
  expect((await runsOf(database, one.templateId))[0]).toMatchObject({ state: 'running' })
})

test('the last ten firings of each schedule are told, the newest first, with their jobs', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR })
  await again(one)
  const [fired] = await firingsOf(database, one.triggerId)
  const { triggerId, templateId } = one
  await database.db.insert(firings).values(
    Array.from({ length: 12 }, (_, hours) => ({
      ...{ triggerId, templateId, state: 'missed' as const, reason: 'Nobody was there.' },
      dueAt: new Date(fired!.dueAt.getTime() - (hours + 1) * HOUR * 1000),
    })),
  )
  const found = await recentFirings({ ctx: depot.ctx.viewer, templateId })
  const past = found.get(triggerId)!
  expect(past).toHaveLength(10)
  const dueAt = fired!.dueAt.toISOString()
  expect(past[0]).toMatchObject({
    state: 'fired',
    dueAt,
    jobId: fired!.jobId,
    jobState: 'queued',
    ping: null,
  })
  expect(past[9]).toMatchObject({
    ...{ state: 'missed', reason: 'Nobody was there.', jobId: null, jobState: null },
    dueAt: new Date(fired!.dueAt.getTime() - 9 * HOUR * 1000).toISOString(),
  })
  // Of others nothing.
  expect([...found.keys()]).toEqual([triggerId])
})

test('messages delivered twice, by two workers at once: each schedule fires once', async () => {
  const many = await Promise.all(Array.from({ length: 60 }, () => scheduled(depot, { everySeconds: HOUR })))
  for (const { triggerId } of many) await backdate(database, triggerId, HOUR)
  await database.sql`
    insert into pgboss.job (name, data, start_after, keep_until)
    select name, data, start_after, keep_until from pgboss.job where name = 'firings' and start_after <= now()`
  const other = (await contextsOver(database, afterAll)).agent
  const lane = async (by: typeof ctx) => {
    while ((await fireSchedules({ ctx: by, most: 7 })) > 0);
  }
  await Promise.all([lane(ctx), lane(other), lane(ctx), lane(other)])
  for (const { triggerId, templateId } of many) {
    expect(await firingsOf(database, triggerId)).toMatchObject([{ state: 'fired' }])
    expect(await runsOf(database, templateId)).toHaveLength(1)
    expect(await messagesOf(database, triggerId)).toHaveLength(1)
  }
})

test('a message that the schedule no longer means does nothing', async () => {
  const [off, gone, edited, deleted] = await Promise.all(
    Array.from({ length: 4 }, () => scheduled(depot, { everySeconds: HOUR })),
  )
  const all = [off!, gone!, edited!, deleted!]
  for (const { triggerId } of all) await backdate(database, triggerId, HOUR)
  const by = depot.ctx.operator
  await updateTemplate({ ctx: by, id: off!.templateId, input: { enabled: false } })
  await updateTemplate({ ctx: by, id: gone!.templateId, input: { triggers: [] } })
  const triggersNow = [{ id: edited!.triggerId, type: 'schedule', everySeconds: 2 * HOUR }]
  await updateTemplate({ ctx: by, id: edited!.templateId, input: { triggers: triggersNow } })
  await deleteTemplate({ ctx: by, id: deleted!.templateId })
  await fireAll()
  for (const { triggerId, templateId } of all) {
    expect([await firingsOf(database, triggerId), await runsOf(database, templateId)]).toEqual([[], []])
  }
  expect((await triggerOf(database, off!.triggerId)).nextDueAt).toBeNull()
  expect(await messagesOf(database, edited!.triggerId)).toHaveLength(1)
  // On again: from now on.
  await updateTemplate({ ctx: by, id: off!.templateId, input: { enabled: true } })
  const { nextDueAt } = await triggerOf(database, off!.triggerId)
  expect(nextDueAt!.getTime()).toBeGreaterThan(Date.now())
})

test('a change that leaves its times alone does not pass over what is due in this moment', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR })
  await backdate(database, one.triggerId, HOUR)
  const { triggers: own } = await getTemplate({ ctx: depot.ctx.viewer, id: one.templateId })
  const { nextDueAt: _, health: __, ...settings } = own[0]!
  const input = { enabled: true, triggers: [{ ...settings, overlap: 'queue' }] }
  await updateTemplate({ ctx: depot.ctx.operator, id: one.templateId, input })
  await fireAll()
  expect(await firingsOf(database, one.triggerId)).toMatchObject([{ state: 'fired' }])
  // Another zone is another time: from now on.
  await backdate(database, one.triggerId, HOUR)
  const moved = { triggers: [{ ...settings, timeZone: 'Asia/Kolkata' }] }
  await updateTemplate({ ctx: depot.ctx.operator, id: one.templateId, input: moved })
  await fireAll()
  expect(await firingsOf(database, one.triggerId)).toHaveLength(1)
})

test('where no job can be made, the reason is kept, and the schedule goes on', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'queue' })
  const endpoint = eq(endpoints.id, depot.destination.id)
  await database.db.update(endpoints).set({ deletedAt: sql`now()` }).where(endpoint)
  await again(one)
  const health = { state: 'fail', message: expect.stringContaining('no such endpoint') }
  expect(await triggerOf(database, one.triggerId)).toMatchObject({ health })
  await database.db.update(endpoints).set({ deletedAt: null }).where(endpoint)
  await again(one)
  expect(await firingsOf(database, one.triggerId)).toMatchObject([
    { state: 'failed', reason: expect.stringContaining('no such endpoint'), jobId: null },
    { state: 'fired' },
  ])
  expect(await triggerOf(database, one.triggerId)).toMatchObject({ health: null })
  expect(await runsOf(database, one.templateId)).toHaveLength(1)
})

test('a firing that is delivered once more, when its row is there, says nothing of how the schedule is', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR })
  await again(one)
  const [before] = await firingsOf(database, one.triggerId)
  const { dueAt } = before!
  await database.db.transaction(async (tx) => {
    await tx.update(triggers).set({ nextDueAt: dueAt }).where(eq(triggers.id, one.triggerId))
    await ctx.queue.sendFiring(tx, { triggerId: one.triggerId, dueAt: dueAt.toISOString() }, dueAt)
  })
  const endpoint = eq(endpoints.id, depot.destination.id)
  await database.db.update(endpoints).set({ deletedAt: sql`now()` }).where(endpoint)
  await fireAll()
  await database.db.update(endpoints).set({ deletedAt: null }).where(endpoint)
  expect(await firingsOf(database, one.triggerId)).toEqual([before])
  const next = new Date(dueAt.getTime() + HOUR * 1000)
  expect(await triggerOf(database, one.triggerId)).toMatchObject({ health: null, nextDueAt: next })
})

test('of several that are due, one whose row is there keeps it, and no other waits for it', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR, missed: 'all', overlap: 'queue' })
  await backdate(database, one.triggerId, 3 * HOUR)
  const first = (await triggerOf(database, one.triggerId)).nextDueAt!
  const row = { dueAt: first, triggerId: one.triggerId, templateId: one.templateId }
  await database.db.insert(firings).values({ ...row, state: 'skipped', reason: 'of before' })
  await fireAll()
  expect(await firingsOf(database, one.triggerId)).toMatchObject([
    { dueAt: first, state: 'skipped', reason: 'of before', jobId: null },
    { state: 'fired' },
    { state: 'fired' },
  ])
  expect(await runsOf(database, one.templateId)).toMatchObject([
    { state: 'queued' },
    { state: 'pending', waitingFor: 'parent' },
  ])
})

describe('a blackout, a pause, a scatter', () => {
  const clock = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
  const quiet = [{ from: clock(-5), to: clock(5) }]
  const setBlackout = (one: Scheduled, blackout: typeof quiet) =>
    database.sql`
      update triggers set settings = jsonb_set(settings, '{blackout}', ${JSON.stringify(blackout)}::text::jsonb)
      where id = ${one.triggerId}`

  test('what falls into a blackout is skipped, and said so', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, blackout: quiet })
    await again(one)
    expect(await firingsOf(database, one.triggerId)).toMatchObject([
      { state: 'skipped', reason: expect.stringContaining('blackout') },
    ])
    expect(await messagesOf(database, one.triggerId)).toHaveLength(1)
  })

  test('what nobody could make is made up for at the end of a blackout, and nobody misses it before', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, missed: 'once' })
    await backdate(database, one.triggerId, 2.5 * HOUR)
    const [due] = await messagesOf(database, one.triggerId)
    await setBlackout(one, quiet)
    await fireAll()
    expect(await firingsOf(database, one.triggerId)).toEqual([])
    expect(await messagesOf(database, one.triggerId)).toEqual([due])
    const [message] = await database.sql<{ wait: number }[]>`
      select extract(epoch from start_after - now())::float as wait
      from pgboss.job where name = 'firings' and data->>'triggerId' = ${one.triggerId}`
    expect(message!.wait).toBeGreaterThan(3 * 60)
    expect(message!.wait).toBeLessThan(5 * 60)
    expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 0 })
    await setBlackout(one, [])
    await database.sql`
      update pgboss.job set start_after = now() where name = 'firings' and data->>'triggerId' = ${one.triggerId}`
    await fireAll()
    expect(await firingsOf(database, one.triggerId)).toMatchObject([{ state: 'skipped' }, { state: 'fired' }])
    expect(await runsOf(database, one.templateId)).toHaveLength(1)
  })

  test('a run that waited for the one before is not released in a blackout', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'queue' })
    const other = await scheduled(depot, { everySeconds: HOUR, overlap: 'queue' })
    for (const each of [one, other]) {
      await again(each)
      await again(each)
      const [first] = await runsOf(database, each.templateId)
      await cancelJob({ ctx: depot.ctx.operator, id: first!.id })
    }
    await setBlackout(one, quiet)
    const last = async ({ templateId }: Scheduled) => (await runsOf(database, templateId)).at(-1)!.state
    await releaseWaiting({ ctx })
    expect([await last(one), await last(other)]).toEqual(['pending', 'queued'])
    await setBlackout(one, [])
    await releaseWaiting({ ctx })
    expect(await last(one)).toBe('queued')
  })

  test('a pause ends by itself', async () => {
    const until = new Date(Date.now() + 3 * HOUR * 1000)
    const one = await scheduled(depot, { cron: '* * * * *', pausedUntil: until.toISOString() })
    const { nextDueAt } = await triggerOf(database, one.triggerId)
    const wait = nextDueAt!.getTime() - until.getTime()
    expect(wait).toBeGreaterThanOrEqual(0)
    expect(wait).toBeLessThan(60_000)
  })

  test('jitter moves the start, not the time it is due at', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, jitterSeconds: 1800 })
    const [message] = await database.sql<{ late: number }[]>`
      select extract(epoch from start_after - (data->>'dueAt')::timestamptz)::float as late
      from pgboss.job where name = 'firings' and data->>'triggerId' = ${one.triggerId}`
    expect(message!.late).toBeGreaterThan(0)
    expect(message!.late).toBeLessThan(1800)
    // So late that without its jitter it would count as missed.
    await backdate(database, one.triggerId, HOUR + 1800)
    await fireAll()
    expect(await firingsOf(database, one.triggerId)).toMatchObject([{ state: 'fired', reason: null }])
  })
})

describe('firings that nobody could make', () => {
  /** Five were due, the last of them half an hour ago. */
  const away = 5.5 * HOUR
  const missing = async (settings: object) => {
    const one = await scheduled(depot, { everySeconds: HOUR, ...settings })
    await backdate(database, one.triggerId, away)
    await fireAll()
    return one
  }
  const states = async (one: Scheduled) =>
    (await firingsOf(database, one.triggerId)).map(({ state }) => state)

  test('skip: each is told, none is made up for', async () => {
    const one = await missing({ missed: 'skip' })
    expect(await states(one)).toEqual(Array(5).fill('skipped'))
    expect(await runsOf(database, one.templateId)).toEqual([])
    await backdate(database, one.triggerId, HOUR / 2)
    await fireAll()
    expect((await states(one)).at(-1)).toBe('fired')
  })

  test('once: the last stands for all', async () => {
    const one = await missing({ missed: 'once' })
    expect(await states(one)).toEqual(['skipped', 'skipped', 'skipped', 'skipped', 'fired'])
    const [first, , , , last] = await firingsOf(database, one.triggerId)
    expect(first!.reason).toContain(`${last!.dueAt.toISOString()} stands for it`)
    expect(await runsOf(database, one.templateId)).toMatchObject([{ id: last!.jobId, state: 'queued' }])
    expect(await messagesOf(database, one.triggerId)).toHaveLength(1)
  })

  test('all: each is made up for, one after the other', async () => {
    const one = await missing({ missed: 'all', overlap: 'skip' })
    expect(await states(one)).toEqual(Array(5).fill('fired'))
    const rows = await firingsOf(database, one.triggerId)
    const queued = async () => {
      const runs = await runsOf(database, one.templateId)
      return runs.filter(({ state }) => state === 'queued').map(({ id }) => id)
    }
    for (const { jobId } of rows) {
      expect(await queued()).toEqual([jobId])
      await cancelJob({ ctx: depot.ctx.operator, id: jobId! })
      await releaseWaiting({ ctx })
    }
    expect(await queued()).toEqual([])
  })

  test('all, after a long time: a thousand, and what was before them is told and raised', async () => {
    const one = await scheduled(depot, { everySeconds: 60, missed: 'all' })
    await backdate(database, one.triggerId, 60 * 1500)
    await fireAll()
    const all = await states(one)
    expect(all.filter((state) => state === 'fired')).toHaveLength(1000)
    expect(all.filter((state) => state === 'missed')).toHaveLength(1)
    const [first] = await firingsOf(database, one.triggerId)
    expect(first).toMatchObject({
      state: 'missed',
      reason: expect.stringContaining('too many for a row each'),
    })
    // The one that is due now is not late.
    expect(all.length - 1001).toBeLessThanOrEqual(2)
  })
})

describe('a run that has not ended when the next is due', () => {
  const runs = async (one: Scheduled) => (await runsOf(database, one.templateId)).map(({ state }) => state)

  test('skip: no second, and why', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'skip' })
    await again(one)
    await again(one)
    const [first, second] = await firingsOf(database, one.triggerId)
    expect(second).toMatchObject({ state: 'skipped', reason: expect.stringContaining(first!.jobId!) })
    await cancelJob({ ctx: depot.ctx.operator, id: first!.jobId! })
    await again(one)
    expect(await runs(one)).toEqual(['cancelled', 'queued'])
  })

  test('queue: each waits for those before it', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'queue' })
    for (let n = 0; n < 3; n += 1) await again(one)
    expect(await runs(one)).toEqual(['queued', 'pending', 'pending'])
    const [first, second] = await runsOf(database, one.templateId)
    expect(await releaseWaiting({ ctx })).toBe(0)
    await cancelJob({ ctx: depot.ctx.operator, id: second!.id })
    await releaseWaiting({ ctx })
    expect(await runs(one)).toEqual(['queued', 'cancelled', 'pending'])
    await cancelJob({ ctx: depot.ctx.operator, id: first!.id })
    // Two that look at once release it once.
    await Promise.all([releaseWaiting({ ctx }), releaseWaiting({ ctx })])
    expect(await runs(one)).toEqual(['cancelled', 'cancelled', 'queued'])
  })

  test('replace: what waits is cancelled at once', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'replace' })
    await again(one)
    await again(one)
    expect(await runs(one)).toEqual(['cancelled', 'queued'])
  })

  test('replace: what runs is asked to stop, and the new one starts when it has', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, overlap: 'replace' })
    await again(one)
    const taken = await claimAttempts({ ctx, workerId: depot.ctx.workerId, count: 1000 })
    const [first] = await runsOf(database, one.templateId)
    const attempt = taken.find(({ jobId }) => jobId === first!.id)!
    await again(one)
    await again(one)
    await releaseWaiting({ ctx })
    expect(await runs(one)).toEqual(['running', 'cancelled', 'pending'])
    expect((await runsOf(database, one.templateId))[0]).toMatchObject({ stopRequested: 'cancel' })
    const { attemptId, epoch, jobId, number } = attempt
    const figures = {
      ...{ bytes: 0, totalBytes: 0, files: 0, totalFiles: 0, speed: 0, etaSeconds: null },
      ...{ unchangedFiles: 0, failedFiles: 0, skippedFiles: 0 },
    }
    const report = { attemptId, epoch, jobId, number, figures, inFlight: [], files: [], log: [] }
    await endAttempt({ ctx, report, outcome: { kind: 'cancelled' } })
    await releaseWaiting({ ctx })
    expect(await runs(one)).toEqual(['cancelled', 'cancelled', 'queued'])
  })
})

test('a schedule that cannot be read is switched to no next firing and does not hold up the others', async () => {
  const [bad, good] = [
    await scheduled(depot, { everySeconds: HOUR }),
    await scheduled(depot, { everySeconds: HOUR }),
  ]
  for (const { triggerId } of [bad, good]) await backdate(database, triggerId, HOUR)
  const settings = {
    ...(await triggerOf(database, bad.triggerId)).settings,
    everySeconds: undefined,
    cron: 'no',
  }
  await database.db
    .update(triggers)
    .set({ settings: settings as never })
    .where(eq(triggers.id, bad.triggerId))
  await fireAll()
  expect(await firingsOf(database, good.triggerId)).toMatchObject([{ state: 'fired' }])
  expect(await firingsOf(database, bad.triggerId)).toMatchObject([{ state: 'failed' }])
  expect(await triggerOf(database, bad.triggerId)).toMatchObject({
    nextDueAt: null,
    health: { state: 'fail' },
  })
})

test('what is written of firings goes with the months that are not kept', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR })
  await again(one)
  const old = (await firingsOf(database, one.triggerId))[0]!
  const dueAt = new Date(Date.now() - 100 * 86_400_000)
  await database.db.insert(firings).values({ ...old, dueAt, jobId: null })
  expect(await removeOldFirings({ ctx, keepMonths: 0 })).toBe(0)
  expect(await removeOldFirings({ ctx, keepMonths: 2 })).toBe(1)
  expect(await firingsOf(database, one.triggerId)).toEqual([old])
})
