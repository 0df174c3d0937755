import { existsSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { operations } from '#lib/jobs/states.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually, gone, processesWith } from '#tests/start/processes.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { barrierBefore } from '#tests/support/barrier.ts'
import { check, checkAfterKill } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'
import type { WorkerProcess } from '#tests/support/worker.ts'

// The worker dies at one named moment; another takes over, and the checker must find nothing.

const depot = await openDepot()
const { database } = depot

/** Forty small files and a large one, which takes a minute until somebody lifts the limit. */
async function slowErrand(name: string, operation: Errand['operation'] = 'copy'): Promise<Errand> {
  const small = Array.from({ length: 40 }, (_, n) => [`s/${n}.txt`, `small ${n}`])
  const source = await plant(join(depot.in, name), Object.fromEntries(small))
  await plantLarge(join(source, 'big.bin'), 50 * 1024 * 1024)
  const destination = await plant(join(depot.out, name), { 's/1.txt': 'an older one', 'own.txt': 'own' })
  const [atSource, atDestination] = [survey(source), survey(destination)]
  const { id } = await depot.begin({ operation, from: name, to: name, options: { bandwidth: '1M' } })
  return { jobId: id, operation, source, destination, atSource, atDestination }
}

async function quickErrand(name: string): Promise<Errand> {
  const source = await plant(join(depot.in, name), { 'a.txt': 'a', 'b/c.txt': 'c' })
  const destination = join(depot.out, name)
  const atSource = survey(source)
  const { id } = await depot.begin({ from: name, to: name })
  return { jobId: id, operation: 'copy', source, destination, atSource, atDestination: {} }
}

const rclonesOf = ({ pid }: WorkerProcess) =>
  processesWith('rcd --use-json-log').filter(({ parent }) => parent === pid)

/** Kills it with all its rclones, which must go by themselves. */
async function kill(worker: WorkerProcess): Promise<void> {
  const rclones = rclonesOf(worker)
  await worker.end('SIGKILL')
  for (const { pid } of rclones) await gone(pid, 3000)
}

/** Another worker brings it to its end. */
async function finish(errand: Errand, mayBeUntold = 0): Promise<void> {
  await depot.worker(onTestFinished)
  await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 2 })
  const { findings, untold } = await checkAfterKill(database, errand)
  expect(findings).toEqual([])
  expect(untold.length).toBeLessThanOrEqual(mayBeUntold)
}

test('after it has spawned its rclone and before it is known: nothing of it stays', async () => {
  const worker = await depot.launch(onTestFinished)
  await eventually('it has an rclone', () => rclonesOf(worker).length > 0)
  await kill(worker)
  const errand = await quickErrand('spawn')
  await depot.worker(onTestFinished)
  expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(await check(database, errand)).toEqual([])
})

test('after it has spawned a further rclone for an attempt', async () => {
  const worker = await depot.worker(onTestFinished, { slots: 3 })
  const before = rclonesOf(worker).length
  const errand = await slowErrand('further')
  await eventually('it has one more', () => rclonesOf(worker).length > before)
  await kill(worker)
  await finish(errand)
})

test.each(operations)('after the first file of a %s has its final name', async (operation) => {
  const worker = await depot.worker(onTestFinished)
  const folder = join(depot.out, `rename-${operation}`, 's')
  await plant(folder, {})
  const { promise: named, resolve } = Promise.withResolvers<void>()
  const watcher = watch(folder, (_, name) => {
    if (name?.endsWith('.txt') && name !== '1.txt' && existsSync(join(folder, name))) resolve()
  })
  const errand = await slowErrand(`rename-${operation}`, operation)
  await named
  watcher.close()
  await kill(worker)
  expect(readdirSync(folder).filter((name) => name.endsWith('.txt')).length).toBeGreaterThan(1)
  await finish(errand, 4)
})

test('before the commit of an end: the attempt counts as lost, and its files are not copied again', async () => {
  const worker = await depot.worker(onTestFinished)
  const barrier = await barrierBefore('end', database, onTestFinished)
  const errand = await quickErrand('before')
  await barrier.reached()
  await kill(worker)
  await barrier.open()
  expect((await readBooks(database, errand.jobId)).job.state).toBe('running')
  await finish(errand)
})

test('before the commit of the end of a move of one file: its source is gone, and that is no failure', async () => {
  const worker = await depot.worker(onTestFinished)
  const barrier = await barrierBefore('end', database, onTestFinished)
  const source = await plant(join(depot.in, 'one'), { 'a.txt': 'a' })
  const destination = join(depot.out, 'one')
  const atSource = survey(source)
  const { id } = await depot.begin({ operation: 'move', from: 'one/a.txt', to: 'one' })
  await barrier.reached()
  await kill(worker)
  await barrier.open()
  await finish({ jobId: id, operation: 'move', source, destination, atSource, atDestination: {} })
})

test('after the commit of an end, before the worker knows', async () => {
  const gate = await openAnswerGate(database.url, onTestFinished)
  const worker = await depot.worker(onTestFinished, { databaseUrl: gate.url })
  const barrier = await barrierBefore('end', database, onTestFinished)
  const errand = await quickErrand('after')
  const held = gate.holdCommitOf(await barrier.reached())
  await barrier.open()
  await held
  await kill(worker)
  const second = await depot.worker(onTestFinished)
  expect(await check(database, errand)).toEqual([])
  // The next one has nothing to do for it.
  const next = await quickErrand('next')
  await whenEnded(database, next.jobId)
  const { job, attempts } = await readBooks(database, errand.jobId)
  expect([job.state, attempts.length, second.output()]).toEqual([
    'completed',
    1,
    expect.not.stringContaining('gave lost'),
  ])
})

test('after the commit of an end its connection is cut: the worker says it again, and it counts once', async () => {
  const gate = await openAnswerGate(database.url, onTestFinished)
  const worker = await depot.worker(onTestFinished, { databaseUrl: gate.url })
  const barrier = await barrierBefore('end', database, onTestFinished)
  const errand = await quickErrand('cut')
  const held = gate.holdCommitOf(await barrier.reached())
  await barrier.open()
  await held
  gate.cut()
  await eventually('it says it again', () => worker.output().includes('could not write the end'))
  const next = await quickErrand('after-cut')
  expect(await whenEnded(database, next.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(await check(database, errand)).toEqual([])
  expect(await check(database, next)).toEqual([])
})

test('after the commit of a tick its connection is cut: what it told is there once', async () => {
  const gate = await openAnswerGate(database.url, onTestFinished)
  const worker = await depot.worker(onTestFinished, { databaseUrl: gate.url })
  const barrier = await barrierBefore('lines', database, onTestFinished)
  const errand = await slowErrand('tick')
  const held = gate.holdCommitOf(await barrier.reached())
  await barrier.open()
  await held
  gate.cut()
  await eventually('it says it again', () => worker.output().includes('could not report progress'))
  await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(await check(database, errand)).toEqual([])
})

test('killed in mid-file and cancelled before another has it: nothing half stays', async () => {
  const worker = await depot.worker(onTestFinished)
  const errand = await slowErrand('cancelled')
  const partial = () => Object.keys(survey(errand.destination)).filter((path) => path.endsWith('.partial'))
  await eventually('a file is half there', () => partial().length > 0)
  await kill(worker)
  await cancelJob({ ctx: depot.ctx.operator, id: errand.jobId })
  expect(partial()).not.toEqual([])
  await depot.worker(onTestFinished)
  expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'cancelled', attempt: 1 })
  expect(await check(database, errand)).toEqual([])
})

test('its rclone is killed in mid-file and the job cancelled at once: nothing half stays', async () => {
  await depot.worker(onTestFinished)
  const errand = await slowErrand('rclone')
  await eventually('a file is half there', () => holdersOf(errand.destination).length > 0)
  for (const pid of holdersOf(errand.destination)) process.kill(pid, 'SIGKILL')
  await cancelJob({ ctx: depot.ctx.operator, id: errand.jobId })
  expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'cancelled', attempt: 1 })
  expect(await check(database, errand)).toEqual([])
})

afterAll(() => {
  expect(holdersOf(depot.root)).toEqual([])
})
