import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { attempts } from '#lib/db/schema/jobs.ts'
import { logChunks, transfers } from '#lib/db/schema/transfers.ts'
import { claimAttempts } from '#lib/jobs/claim-attempt.ts'
import { listTransfers, readLog } from '#lib/jobs/details.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { requeueForgotten } from '#lib/jobs/requeue-forgotten.ts'
import { rescueAttempts } from '#lib/jobs/rescue-attempts.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { dueNow, figures, fileEnd, openStage, reportOf } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const { db } = database

const line = { at: '2026-11-21T10:00:00.000Z', level: 'info', message: 'hello' } as const
const words = { figures: figures({ bytes: 10, files: 1 }), files: [fileEnd('a')], log: [line] }

async function everythingOf(jobId: string) {
  return {
    job: await stage.row(jobId),
    attempts: await stage.attemptsOf(jobId),
    files: await db.select().from(transfers).where(eq(transfers.jobId, jobId)),
    log: await db.select().from(logChunks).where(eq(logChunks.jobId, jobId)),
  }
}

async function loseLease(jobId: string): Promise<void> {
  await db
    .update(attempts)
    .set({ leaseUntil: sql`now() - interval '1 second'` })
    .where(eq(attempts.jobId, jobId))
}

describe('a claim', () => {
  test('is had by one of many at once', async () => {
    const job = await stage.queued()
    const claim = () => claimAttempts({ ctx: ctx.agent, workerId: ctx.workerId, count: 2 })
    const got = await Promise.all(Array.from({ length: 8 }, claim))
    expect(got.flat()).toMatchObject([{ jobId: job.id, epoch: 1, number: 1, operation: 'copy' }])
    expect(await stage.row(job.id)).toMatchObject({ state: 'running', startedAt: expect.any(Date) })
  })

  test('of its row alone is had by one of many at once too: a message may come twice', async () => {
    const job = await stage.queued()
    const got = await Promise.all(Array.from({ length: 8 }, () => stage.claim(job.id)))
    expect(got.filter((one) => one !== null)).toMatchObject([{ jobId: job.id, epoch: 1 }])
  })

  test('passes over the messages of jobs that were cancelled meanwhile, however many', async () => {
    const gone = await Promise.all(Array.from({ length: 9 }, () => stage.queued()))
    for (const { id } of gone) await cancelJob({ ctx: ctx.operator, id })
    const job = await stage.queued()
    const taken = await claimAttempts({ ctx: ctx.agent, workerId: ctx.workerId, count: 2 })
    expect(taken).toMatchObject([{ jobId: job.id }])
  })

  test('that fails leaves its message in the queue', async () => {
    const job = await stage.queued()
    const broken = claimAttempts({ ctx: ctx.agent, workerId: 'no id', count: 9 })
    await expect(broken).rejects.toThrow()
    const [held] = await claimAttempts({ ctx: ctx.agent, workerId: ctx.workerId, count: 9 })
    expect(held).toMatchObject({ jobId: job.id })
  })

  test('of a deferred attempt waits for its time', async () => {
    const { job, held } = await stage.running()
    await stage.end(held, { kind: 'failed', cause: 'network', message: '' })
    expect(await stage.claim(job.id)).toBeNull()
    expect(await stage.row(job.id)).toMatchObject({ state: 'retrying' })
    await dueNow(stage, job.id)
    expect(await stage.claim(job.id)).toMatchObject({ number: 2 })
  })

  test('and a cancel at the same moment never stand in each other’s way', async () => {
    const job = await stage.queued()
    const [attempt] = await stage.attemptsOf(job.id)
    // Both wait for the attempt's row, the claim first; then it is let go.
    const gate = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = db.transaction(async (tx) => {
      await tx.select().from(attempts).where(eq(attempts.id, attempt!.id)).for('update')
      locked.resolve()
      await gate.promise
    })
    await locked.promise
    const claiming = stage.claim(job.id)
    await waiters(1)
    const cancelling = cancelJob({ ctx: ctx.operator, id: job.id })
    await waiters(2)
    gate.resolve()
    const [claimed, cancelled] = await Promise.all([claiming, cancelling, holding])
    expect(claimed).toMatchObject({ jobId: job.id })
    expect(cancelled).toMatchObject({ state: 'running' })
    expect(await stage.row(job.id)).toMatchObject({ state: 'running', stopRequested: 'cancel' })
  })
})

/** Until so many sessions of this database wait for a lock. */
async function waiters(count: number): Promise<void> {
  for (;;) {
    const rows = await database.sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    if (rows.length >= count) return
  }
}

describe('a report', () => {
  test('renews the lease, stores figures, files and lines, and answers what is asked', async () => {
    const { job, held } = await stage.running()
    await db
      .update(attempts)
      .set({ leaseUntil: sql`now() + interval '1 second'` })
      .where(eq(attempts.jobId, job.id))
    await updateJob({ ctx: ctx.operator, id: job.id, input: { bandwidth: '2M' } })
    const report = reportOf(held, { ...words, inFlight: [{ path: 'b', size: 9, bytes: 4, speed: 2 }] })
    const [verdict] = await reportAttempts({ ctx: ctx.agent, reports: [report] })
    expect(verdict).toMatchObject({ attemptId: held.attemptId, stop: null, options: { bandwidth: '2M' } })
    const { job: row, attempts: held2, files, log } = await everythingOf(job.id)
    expect(row).toMatchObject({ bytes: 10, files: 1, inFlight: [{ path: 'b' }] })
    expect(held2[0]!.leaseUntil!.getTime() - Date.now()).toBeGreaterThan(5000)
    expect(files).toMatchObject([{ path: 'a', state: 'completed', attempt: 1 }])
    expect(log).toMatchObject([{ seq: 1, lines: 1 }])
    await cancelJob({ ctx: ctx.operator, id: job.id })
    expect(await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held)] })).toMatchObject([
      { stop: 'cancel' },
    ])
  })

  test('of many attempts leaves out those that are no longer held, and only those', async () => {
    const [one, two] = await Promise.all([stage.running('one'), stage.running('two')])
    await loseLease(two.job.id)
    await rescueAttempts({ ctx: ctx.agent })
    const before = await everythingOf(two.job.id)
    const reports = [one.held, two.held].map((held) => reportOf(held, words))
    const verdicts = await reportAttempts({ ctx: ctx.agent, reports })
    expect(verdicts.map(({ attemptId }) => attemptId)).toEqual([one.held.attemptId])
    expect(await stage.row(one.job.id)).toMatchObject({ bytes: 10 })
    expect(await everythingOf(two.job.id)).toEqual(before)
  })

  test('said again because its answer was lost writes its lines once', async () => {
    const { job, held } = await stage.running()
    const lines = ['one', 'two', 'three'].map((message) => ({ ...line, message }))
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { log: lines.slice(0, 2) })] })
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { log: lines, linesBefore: 0 })] })
    // And what was not written the first time is.
    const last = { ...line, message: 'four' }
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { log: [last], linesBefore: 3 })] })
    const { log } = await everythingOf(job.id)
    const said = log.flatMap(({ body }) => body.split('\n')).map((text) => JSON.parse(text).message)
    expect(said).toEqual(['one', 'two', 'three', 'four'])
  })

  test('of one file twice keeps the later word', async () => {
    const { job, held } = await stage.running()
    const failing = fileEnd('x', { state: 'failed', cause: 'network', message: 'cut' })
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { files: [failing] })] })
    await reportAttempts({
      ctx: ctx.agent,
      reports: [reportOf(held, { files: [failing, fileEnd('x', { size: 7 })] })],
    })
    const { files } = await everythingOf(job.id)
    expect(files).toMatchObject([{ path: 'x', state: 'completed', size: 7, cause: null }])
  })
})

describe('with a stale epoch', () => {
  test.each([-1, 1])('(%i off) neither report nor end changes anything', async (off) => {
    const { job, held } = await stage.running()
    const before = await everythingOf(job.id)
    const stale = { ...held, epoch: held.epoch + off }
    expect(await reportAttempts({ ctx: ctx.agent, reports: [reportOf(stale, words)] })).toEqual([])
    expect(await stage.end(stale, { kind: 'completed' }, words)).toBe(false)
    expect(await everythingOf(job.id)).toEqual(before)
  })

  test('nor does an attempt that has ended', async () => {
    const { job, held } = await stage.running()
    expect(await stage.end(held, { kind: 'completed' }, words)).toBe(true)
    const before = await everythingOf(job.id)
    expect(await stage.end(held, { kind: 'failed', cause: 'unknown', message: '' }, words)).toBe(false)
    expect(await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, words)] })).toEqual([])
    expect(await everythingOf(job.id)).toEqual(before)
  })
})

describe('rescue', () => {
  test('gives a lost attempt back at once, and its old holder is heard no more', async () => {
    const { job, held } = await stage.running()
    await loseLease(job.id)
    expect(await rescueAttempts({ ctx: ctx.agent })).toBe(1)
    expect(await stage.attemptsOf(job.id)).toMatchObject([
      { number: 1, state: 'interrupted', cause: 'worker_lost', leaseUntil: null },
      { number: 2, state: 'queued', startAfter: null },
    ])
    expect(await stage.row(job.id)).toMatchObject({ state: 'queued', attempt: 2, errorCause: 'worker_lost' })
    expect(await stage.end(held, { kind: 'completed' })).toBe(false)
    expect(await stage.claim(job.id)).toMatchObject({ number: 2, epoch: 1 })
  })

  test('leaves an attempt whose lease still runs', async () => {
    const { job } = await stage.running()
    expect(await rescueAttempts({ ctx: ctx.agent })).toBe(0)
    expect(await stage.row(job.id)).toMatchObject({ state: 'running', attempt: 1 })
  })

  test('by five sweepers at once takes each of twenty once', async () => {
    const lost = await Promise.all(Array.from({ length: 20 }, (_, n) => stage.running(`lost-${n}`)))
    for (const { job } of lost) await loseLease(job.id)
    const taken = await Promise.all(Array.from({ length: 5 }, () => rescueAttempts({ ctx: ctx.agent })))
    expect(taken.reduce((sum, count) => sum + count)).toBe(20)
    for (const { job } of lost) {
      const states = (await stage.attemptsOf(job.id)).map(({ state }) => state)
      expect(states).toEqual(['interrupted', 'queued'])
    }
  })

  test.each([
    ['cancel', cancelJob, 'cancelled'],
    ['pause', pauseJob, 'paused'],
  ] as const)('does what a person asked meanwhile: %s', async (_, ask, state) => {
    const { job } = await stage.running()
    await ask({ ctx: ctx.operator, id: job.id })
    await loseLease(job.id)
    await rescueAttempts({ ctx: ctx.agent })
    expect(await stage.row(job.id)).toMatchObject({ state })
    expect(await stage.attemptsOf(job.id)).toMatchObject([{ state: 'interrupted' }])
  })

  test('writes the files that only the log of its rclone tells of, and leaves those told before', async () => {
    const { job, held } = await stage.running()
    const told = fileEnd('a', { size: 3 })
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { files: [told] })] })
    const before = await everythingOf(job.id)
    await loseLease(job.id)
    const files = [fileEnd('a', { size: 99 }), fileEnd('b', { size: 4 })]
    await rescueAttempts({ ctx: ctx.agent, accounts: [{ attemptId: held.attemptId, files }] })
    const after = await everythingOf(job.id)
    expect(after.files.find(({ path }) => path === 'a')).toEqual(before.files[0])
    expect(after.files.find(({ path }) => path === 'b')).toMatchObject({ attempt: 1, size: 4 })
    expect(after.job).toMatchObject({ files: 2, bytes: 7 })
    expect(await stage.claim(job.id)).toMatchObject({ number: 2 })
    expect((await everythingOf(job.id)).attempts[1]).toMatchObject({ baseFiles: 2, baseBytes: 7 })
  })

  test('an attempt that moved files starts the count of tries again', async () => {
    const { job } = await stage.running()
    for (let n = 1; n <= 6; n += 1) {
      const [attempt] = (await stage.attemptsOf(job.id)).slice(-1)
      await loseLease(job.id)
      const accounts = [{ attemptId: attempt!.id, files: [fileEnd(`file-${n}`)] }]
      await rescueAttempts({ ctx: ctx.agent, accounts })
      await stage.claim(job.id)
    }
    expect(await stage.row(job.id)).toMatchObject({ state: 'running', attempt: 7, tries: 2, files: 6 })
  })

  test('gives up on a job that takes its worker down five times in a row', async () => {
    const { job } = await stage.running()
    for (let n = 1; n <= 5; n += 1) {
      expect(await stage.row(job.id)).toMatchObject({ state: 'running', attempt: n })
      await loseLease(job.id)
      await rescueAttempts({ ctx: ctx.agent })
      await stage.claim(job.id)
    }
    expect(await stage.row(job.id)).toMatchObject({ state: 'failed', errorCause: 'worker_lost', attempt: 5 })
    expect(await retryJob({ ctx: ctx.operator, id: job.id })).toMatchObject({ state: 'queued', attempt: 6 })
    expect(await stage.row(job.id)).toMatchObject({ tries: 1 })
  })
})

test('a worker that goes away says so in the job’s log, and a job in which files arrive outlives any number of them', async () => {
  const { job, held: first } = await stage.running()
  let held = first
  for (let n = 1; n <= 8; n += 1) {
    const some = { figures: figures({ files: 1 }), files: [fileEnd(`file ${n}`)] }
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, some)] })
    await loseLease(job.id)
    await rescueAttempts({ ctx: ctx.agent })
    expect(await stage.row(job.id)).toMatchObject({ state: 'queued', attempt: n + 1 })
    held = (await stage.claim(job.id))!
  }
  const { items } = await readLog({ ctx: ctx.viewer, id: job.id, input: {} })
  expect(items.map(({ attempt, message }) => `${attempt} ${message}`)).toContain(
    '8 Attempt 8 interrupted: Its worker went away; the attempt was given back to the queue.',
  )
})

describe('an attempt whose message is gone', () => {
  test('gets a new one, once', async () => {
    const job = await stage.queued()
    const [attempt] = await stage.attemptsOf(job.id)
    const messages = () => database.sql`
      select state from pgboss.job where data->>'attemptId' = ${attempt!.id}`
    await database.sql`delete from pgboss.job where data->>'attemptId' = ${attempt!.id}`
    expect(await requeueForgotten({ ctx: ctx.agent })).toBe(0)
    await db
      .update(attempts)
      .set({ createdAt: sql`now() - interval '20 seconds'` })
      .where(eq(attempts.jobId, job.id))
    const sent = await Promise.all([1, 2].map(() => requeueForgotten({ ctx: ctx.agent })))
    expect(sent.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(1)
    expect(await requeueForgotten({ ctx: ctx.agent })).toBe(0)
    expect((await messages()).length).toBeGreaterThanOrEqual(1)
  })
})

describe('the next attempt', () => {
  test('starts after a back-off that doubles, and the fourth that moves nothing is the last', async () => {
    const { job, held: first } = await stage.running()
    const waits: number[] = []
    let held = first
    for (;;) {
      await stage.end(held, { kind: 'failed', cause: 'unknown', message: 'odd' })
      const latest = (await stage.attemptsOf(job.id)).at(-1)!
      if (latest.state !== 'queued') break
      waits.push(latest.startAfter!.getTime() - latest.createdAt.getTime())
      await dueNow(stage, job.id)
      held = (await stage.claim(job.id))!
    }
    expect(await stage.row(job.id)).toMatchObject({ state: 'failed', attempt: 4, errorCause: 'unknown' })
    expect(waits).toHaveLength(3)
    for (const [at, full] of [2000, 4000, 8000].entries()) {
      expect(waits[at]).toBeGreaterThan(full * 0.7)
      expect(waits[at]).toBeLessThan(full * 1.3)
    }
  })

  test('counts from nought again when files arrived', async () => {
    const { job, held } = await stage.running()
    await database.sql`update jobs set tries = 3 where id = ${job.id}`
    await stage.end(held, { kind: 'failed', cause: 'files_failed', message: '' }, words)
    expect(await stage.row(job.id)).toMatchObject({ state: 'retrying', tries: 2 })
  })

  test('does not go on for ever when bytes move but no file ever arrives', async () => {
    const { job, held } = await stage.running()
    await database.sql`update jobs set tries = 4 where id = ${job.id}`
    await stage.end(
      held,
      { kind: 'failed', cause: 'source_changed', message: '' },
      { figures: figures({ bytes: 1_000_000, failedFiles: 1 }) },
    )
    expect(await stage.row(job.id)).toMatchObject({ state: 'failed', errorCause: 'source_changed' })
  })

  test('does not come for ever when one file never arrives and new ones do each time', async () => {
    const { job, held: first } = await stage.running()
    let held: typeof first | null = first
    for (let n = 1; held; n += 1) {
      const broken = fileEnd('broken', { state: 'failed', cause: 'corrupted', message: 'differs', size: 0 })
      await stage.end(
        held,
        { kind: 'failed', cause: 'corrupted', message: 'It differs.' },
        { figures: figures({ files: 1, failedFiles: 1 }), files: [fileEnd(`new ${n}`), broken] },
      )
      await dueNow(stage, job.id)
      held = (await stage.row(job.id)).state === 'failed' ? null : await stage.claim(job.id)
    }
    expect(await stage.row(job.id)).toMatchObject({
      ...{ state: 'failed', errorCause: 'corrupted', attempt: 51 },
      errorMessage: 'It differs. Given up after attempt 51.',
    })
    // A person may start all of it anew.
    await retryJob({ ctx: ctx.operator, id: job.id })
    const again = (await stage.claim(job.id))!
    await stage.end(again, { kind: 'failed', cause: 'corrupted', message: 'It differs.' }, words)
    expect(await stage.row(job.id)).toMatchObject({ state: 'retrying', attempt: 53 })
  })

  test('comes however often workers hand the job over, and does not wait', async () => {
    const { job, held: first } = await stage.running()
    let held = first
    for (let n = 2; n <= 70; n += 1) {
      await stage.end(held, { kind: 'interrupted', cause: 'worker_lost', message: 'Handed over.' })
      expect(await stage.row(job.id)).toMatchObject({ state: 'queued', attempt: n, tries: 1 })
      held = (await stage.claim(job.id))!
    }
    await stage.end(held, { kind: 'completed' }, words)
    expect(await stage.row(job.id)).toMatchObject({ state: 'completed', attempt: 70 })
  })

  test('adds to what earlier ones did, and a failed file of before is settled at the end', async () => {
    const { job, held } = await stage.running()
    const broken = fileEnd('b', { state: 'failed', cause: 'network', message: 'cut', size: 0 })
    await stage.end(
      held,
      { kind: 'failed', cause: 'files_failed', message: '' },
      {
        figures: figures({ bytes: 1, files: 1 }),
        files: [fileEnd('a'), broken, fileEnd('old', { action: 'deleted', size: 0 })],
      },
    )
    await dueNow(stage, job.id)
    const second = (await stage.claim(job.id))!
    expect(await stage.row(job.id)).toMatchObject({ bytes: 1, files: 1 })
    await stage.end(
      second,
      { kind: 'completed' },
      { figures: figures({ bytes: 5, files: 1 }), files: [fileEnd('c', { size: 5 })] },
    )
    expect(await stage.row(job.id)).toMatchObject({
      state: 'completed',
      bytes: 6,
      files: 2,
      errorCause: null,
    })
    const { items } = await listTransfers({ ctx: ctx.viewer, id: job.id, input: {} })
    expect(Object.fromEntries(items.map(({ path, state }) => [path, state]))).toEqual({
      ...{ a: 'completed', b: 'cancelled', c: 'completed', old: 'completed' },
    })
  })

  test('counts each file once, whether it was copied again or found as the attempt before had left it', async () => {
    const { job, held } = await stage.running('copied again')
    const files = ['a', 'b', 'c'].map((path) => fileEnd(path, { size: 10 }))
    await stage.end(
      held,
      { kind: 'interrupted', cause: 'rclone_died', message: 'It died.' },
      { figures: figures({ files: 3, bytes: 30, unchangedFiles: 0 }), files },
    )
    await dueNow(stage, job.id)
    const second = (await stage.claim(job.id))!
    // Of five files it copies c again and d; e was there before the job, a and b are there since.
    const told = {
      figures: figures({ files: 2, totalFiles: 2, bytes: 20, totalBytes: 20, unchangedFiles: 3 }),
      files: ['c', 'd'].map((path) => fileEnd(path, { size: 10 })),
    }
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(second, told)] })
    expect((await stage.row(job.id)).unchangedFiles).toBe(0)
    await stage.end(second, { kind: 'completed' }, told)
    expect(await stage.row(job.id)).toMatchObject({
      ...{ state: 'completed', files: 4, totalFiles: 4, bytes: 40, totalBytes: 40, unchangedFiles: 1 },
    })
  })
})
