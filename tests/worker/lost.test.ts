import { join } from 'node:path'
import { and, eq, sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { attempts } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { gone, processesWith } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.operator

const attemptsOf = (jobId: string) =>
  database.db.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(attempts.number)

async function slowJob(name: string): Promise<string> {
  await plantLarge(join(depot.in, name, 'big.bin'), 50 * 1024 * 1024)
  const small = Array.from({ length: 20 }, (_, n) => [`s/${n}.txt`, `small ${n}`])
  await plant(join(depot.in, name), Object.fromEntries(small))
  const job = await depot.begin({ from: name, to: name, options: { bandwidth: '1M' } })
  await whenMoving(database, job.id)
  return job.id
}

/** Files of attempt 1 that were told of before it ended. */
async function doneBefore(jobId: string) {
  const done = and(eq(transfers.jobId, jobId), eq(transfers.attempt, 1), eq(transfers.state, 'completed'))
  return database.db.select({ path: transfers.path, at: transfers.finishedAt }).from(transfers).where(done)
}

test('a worker killed with -9 takes its rclone along, and another takes up within 30 s', async () => {
  const first = await depot.worker(onTestFinished)
  const id = await slowJob('killed')
  await whenJob(database, id, 'small files are told of', ({ files }) => files >= 5)
  const second = await depot.worker(onTestFinished)
  const told = await doneBefore(id)
  const [rclone] = processesWith('rcd --use-json-log').filter(({ parent }) => parent === first.pid)
  expect(rclone).toBeDefined()
  const killed = performance.now()
  expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
  await gone(rclone!.pid, 10_000)
  expect(holdersOf(depot.root)).toEqual([])
  expect(treeOf(join(depot.out, 'killed'))).not.toHaveProperty('big.bin')
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  await whenJob(
    database,
    id,
    'the second attempt runs',
    ({ attempt, state }) => attempt === 2 && state !== 'queued',
    30_000,
  )
  expect(performance.now() - killed).toBeLessThan(30_000)
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2, errorCause: null })
  // The partial file of the killed rclone is gone too.
  expect(treeOf(join(depot.out, 'killed'))).toEqual(treeOf(join(depot.in, 'killed')))
  expect(await attemptsOf(id)).toMatchObject([
    { state: 'interrupted', cause: 'worker_lost' },
    { state: 'completed' },
  ])
  // What had arrived was not copied again: its rows are as they were.
  expect(await doneBefore(id)).toEqual(expect.arrayContaining(told))
  expect(second.output()).toContain('gave lost attempts back')
})

test('the only worker killed with -9: the one started after it runs the job again, though its lease lasts on', async () => {
  const first = await depot.worker(onTestFinished)
  const id = await slowJob('alone')
  await first.end('SIGKILL')
  // Not renewed for a while, and never run out: nothing but the look for its process can give the attempt back.
  const lost = and(eq(attempts.jobId, id), eq(attempts.number, 1), eq(attempts.state, 'running'))
  const hold = () => database.db.update(attempts).set({ leaseUntil: sql`now() + interval '5 s'` }).where(lost)
  const holding = setInterval(() => void hold(), 500)
  onTestFinished(() => clearInterval(holding))
  await hold()
  await depot.worker(onTestFinished)
  await whenJob(
    database,
    id,
    'the second attempt runs',
    ({ attempt, state }) => attempt === 2 && state === 'running',
  )
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
  expect(treeOf(join(depot.out, 'alone'))).toEqual(treeOf(join(depot.in, 'alone')))
})

test('a worker that is told to stop hands its attempt over, and leaves nothing half', async () => {
  const first = await depot.worker(onTestFinished)
  const id = await slowJob('told')
  const asked = performance.now()
  const ended = first.end('SIGTERM')
  await whenJob(database, id, 'it is handed over', ({ state }) => state === 'queued', 20_000)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(performance.now() - asked).toBeLessThan(11_500)
  expect(holdersOf(depot.root)).toEqual([])
  const left = Object.keys(treeOf(join(depot.out, 'told'))).filter((path) => path.startsWith('big'))
  expect(left).toEqual([])
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  await depot.worker(onTestFinished)
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
  expect(treeOf(join(depot.out, 'told'))).toEqual(treeOf(join(depot.in, 'told')))
  expect(await attemptsOf(id)).toMatchObject([
    { state: 'interrupted', cause: 'worker_lost' },
    { state: 'completed' },
  ])
})

test('two workers share a queue, and every job runs once', async () => {
  const two = await Promise.all([depot.worker(onTestFinished), depot.worker(onTestFinished)])
  await plant(join(depot.in, 'shared'), { 'a.txt': 'a', 'b/c.txt': 'c' })
  const begun = Array.from({ length: 24 }, (_, n) => depot.begin({ from: 'shared', to: `shared-${n}` }))
  for (const { id } of await Promise.all(begun)) {
    expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 1, files: 2 })
    expect(await attemptsOf(id)).toMatchObject([{ state: 'completed', epoch: 1 }])
  }
  const holders = await database.db.selectDistinct({ worker: attempts.workerId }).from(attempts)
  expect(holders.length).toBeGreaterThanOrEqual(two.length)
})

test('rclone killed in mid-file is told as such, and the job goes on by itself', async () => {
  const worker = await depot.worker(onTestFinished)
  const id = await slowJob('rclone')
  const holders = holdersOf(join(depot.root))
  expect(holders.length).toBeGreaterThan(0)
  expect(
    processesWith('rcd')
      .filter(({ pid }) => holders.includes(pid))
      .map(({ parent }) => parent),
  ).toEqual([worker.pid])
  for (const pid of holders) process.kill(pid, 'SIGKILL')
  const waiting = await whenJob(database, id, 'its second attempt waits', ({ attempt }) => attempt === 2)
  expect(waiting).toMatchObject({ errorCause: 'rclone_died' })
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
  expect(treeOf(join(depot.out, 'rclone'))).toMatchObject(treeOf(join(depot.in, 'rclone')))
})

test('a worker whose owner has gone stops by itself', async () => {
  const worker = await depot.worker(onTestFinished)
  const exited = new Promise((resolve) => worker.process.once('exit', resolve))
  worker.process.disconnect()
  expect(await exited).toBe(0)
})

afterAll(() => {
  expect(holdersOf(depot.root)).toEqual([])
})
