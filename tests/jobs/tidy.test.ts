import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { rescueAttempts } from '#lib/jobs/rescue-attempts.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { endTidying, holdTidying, takeTidying } from '#lib/jobs/tidy-jobs.ts'
import { messagesOf } from '#tests/faults/account.ts'
import { openStage, reportOf } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { database, ctx } = stage
const { db } = database

const take = () => takeTidying({ ctx: ctx.agent })
const none = { removed: 0, later: null }

/** A job whose attempt's worker is no more; its next attempt waits, or there is none. */
async function lost(path: string, tries = 1): Promise<string> {
  const { job, held } = await stage.running(path)
  await db.update(jobs).set({ tries }).where(eq(jobs.id, job.id))
  await rescueAttempts({ ctx: ctx.agent, of: [ctx.workerId], ended: true })
  expect((await stage.attemptsOf(job.id))[0]).toMatchObject({ id: held.attemptId, state: 'interrupted' })
  return job.id
}

async function cancelled(path: string): Promise<string> {
  const id = await lost(path)
  await cancelJob({ ctx: ctx.operator, id })
  return id
}

const dueNow = (id: string) => db.update(jobs).set({ tidyAt: sql`now()` }).where(eq(jobs.id, id))

describe('what a lost attempt may have left', () => {
  test('is looked for once no attempt of the job comes any more, by one worker at a time, also when that is lost', async () => {
    const id = await lost('one')
    expect(await stage.row(id)).toMatchObject({ state: 'queued' })
    expect(await take()).toBeNull()
    await cancelJob({ ctx: ctx.operator, id })
    const first = (await take())!
    expect(first.assignment).toMatchObject({ jobId: id, number: 1, destination: { path: 'one' } })
    expect(await take()).toBeNull()
    const held = (await holdTidying({ ctx: ctx.agent, tidying: first }))!
    expect(await holdTidying({ ctx: ctx.agent, tidying: first })).toBeNull()
    // Its hold has run out: another takes it, and what the first one says is not heard.
    await dueNow(id)
    const second = (await take())!
    expect(second.assignment.jobId).toBe(id)
    expect(await holdTidying({ ctx: ctx.agent, tidying: held })).toBeNull()
    await endTidying({ ctx: ctx.agent, tidying: held, tidied: none })
    expect((await stage.row(id)).tidyAt).not.toBeNull()
    await endTidying({ ctx: ctx.agent, tidying: second, tidied: { removed: 2, later: null } })
    expect(await stage.row(id)).toMatchObject({ state: 'cancelled', tidyAt: null })
    expect(await messagesOf(stage, id)).toContain('Removed 2 partial files that a lost attempt left.')
  })

  test.each([
    ['failed', () => lost('used up', 5)],
    [
      'paused',
      async () => {
        const id = await lost('paused')
        await pauseJob({ ctx: ctx.operator, id })
        return id
      },
    ],
  ])('is looked for of a job that is %s', async (state, make) => {
    const id = await make()
    expect(await stage.row(id)).toMatchObject({ state })
    const tidying = (await take())!
    expect(tidying.assignment.jobId).toBe(id)
    await endTidying({ ctx: ctx.agent, tidying, tidied: none })
  })

  test('is left to the next attempt where a person starts one, and is done with when that has looked', async () => {
    const id = await cancelled('again')
    const tidying = (await take())!
    await retryJob({ ctx: ctx.operator, id })
    expect(await holdTidying({ ctx: ctx.agent, tidying })).toBeNull()
    const held = (await stage.claim(id))!
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held)] })
    expect((await stage.row(id)).tidyAt).not.toBeNull()
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { leftBehind: false })] })
    await stage.end(held, { kind: 'cancelled' })
    expect(await stage.row(id)).toMatchObject({ state: 'cancelled', tidyAt: null })
  })

  test('is told by the files that the job was to bring, though none of its events waits any more', async () => {
    const id = await cancelled('listed')
    await db
      .update(jobs)
      .set({ plan: { kind: 'listed' } })
      .where(eq(jobs.id, id))
    await db.insert(events).values({
      ...{
        templateId: id,
        triggerId: id,
        source: 'watch',
        kind: 'created',
        path: 'a.mov',
        size: 1,
        jobId: id,
      },
      ...{ destinationPath: 'placed/a.mov', state: 'failed', reason: 'The job was cancelled.' },
      ...{ occurredAt: new Date(), settledAt: new Date() },
    })
    const tidying = (await take())!
    expect(tidying.assignment).toMatchObject({
      jobId: id,
      pairs: [{ source: 'a.mov', destination: 'placed/a.mov', size: 1 }],
    })
    await endTidying({ ctx: ctx.agent, tidying, tidied: none })
  })

  test('is looked for where a worker could not tidy up after its own rclone', async () => {
    const { job, held } = await stage.running('own')
    await stage.end(held, { kind: 'cancelled' }, { leftBehind: true })
    const tidying = (await take())!
    expect(tidying.assignment.jobId).toBe(job.id)
    await endTidying({ ctx: ctx.agent, tidying, tidied: none })
  })

  test.each(['shared', 'shared/below', ''])(
    'waits while another job writes to its place: %j',
    async (path) => {
      const id = await cancelled('shared')
      const beside = await stage.running('shared too')
      const tidying = (await take())!
      expect(tidying.assignment.jobId).toBe(id)
      const other = await stage.running(path)
      expect(await holdTidying({ ctx: ctx.agent, tidying })).toBeNull()
      await dueNow(id)
      expect(await take()).toBeNull()
      await stage.end(other.held, { kind: 'completed' })
      await stage.end(beside.held, { kind: 'completed' })
      await endTidying({ ctx: ctx.agent, tidying: (await take())!, tidied: none })
    },
  )

  test('is looked for again where the storage is away, less and less often, and after a day no more', async () => {
    const id = await cancelled('away')
    const away = { removed: 0, later: 'It is away.' }
    const ended = (ago: string) =>
      db
        .update(jobs)
        .set({ finishedAt: sql`now() - ${ago}::interval` })
        .where(eq(jobs.id, id))
    for (const [ago, seconds] of [
      ['1 second', 30],
      ['1 hour', 3600],
    ] as const) {
      await ended(ago)
      await endTidying({ ctx: ctx.agent, tidying: (await take())!, tidied: away })
      const [{ wait } = { wait: 0 }] = await database.sql<{ wait: number }[]>`
        select extract(epoch from tidy_at - now())::int as wait from jobs where id = ${id}`
      expect(wait).toBeGreaterThan(seconds - 5)
      expect(wait).toBeLessThan(seconds + 5)
      expect(await take()).toBeNull()
      await dueNow(id)
    }
    await ended('25 hours')
    await endTidying({ ctx: ctx.agent, tidying: (await take())!, tidied: away })
    expect((await stage.row(id)).tidyAt).toBeNull()
    const told = 'A lost attempt may have left partial files. It is away.'
    expect((await messagesOf(stage, id)).slice(-3)).toEqual([
      `${told} They are looked for again.`,
      `${told} They are looked for again.`,
      `${told} They are not looked for any more.`,
    ])
  })
})
