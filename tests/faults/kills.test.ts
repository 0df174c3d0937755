import { existsSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { operations } from '#lib/jobs/states.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { barrierBefore } from '#tests/support/barrier.ts'
import { kill, killInMidFile, rclonesOf, scene } from '#tests/support/chaos/scene.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { holdersOf, plant } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'

// A worker or its rclone dies at one named moment; the checker must find nothing afterwards. All side by side,
// each with a database and folders of its own: most of the time is a lease that runs out.

test.concurrent(
  'after it has spawned its rclone and before it is known: nothing of it stays',
  scene(async (depot) => {
    const worker = await depot.launch(depot.later)
    await eventually('it has an rclone', () => rclonesOf(worker).length > 0)
    await kill(worker)
    const errand = await depot.quick()
    await depot.worker(depot.later)
    expect(await whenEnded(depot.database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(depot.database, errand)).toEqual([])
  }),
)

test.concurrent(
  'after it has spawned a further rclone for an attempt',
  scene(async (depot) => {
    const worker = await depot.worker(depot.later, { slots: 3 })
    const before = rclonesOf(worker).length
    const errand = await depot.slow()
    await eventually('it has one more', () => rclonesOf(worker).length > before)
    await kill(worker)
    await depot.finish(errand)
  }),
)

test.concurrent.for(operations)('after the first file of a %s has its final name', (operation, context) =>
  scene(async (depot) => {
    const worker = await depot.worker(depot.later)
    // A move within one file system is a matter of milliseconds: its end must not come first.
    const barrier = await barrierBefore('end', depot.database, depot.later)
    const folder = await plant(join(depot.out, 'slow-1', 's'), {})
    const { promise: named, resolve } = Promise.withResolvers<void>()
    const watcher = watch(folder, (_, name) => {
      if (name?.endsWith('.txt') && name !== '1.txt' && existsSync(join(folder, name))) resolve()
    })
    const errand = await depot.slow(operation)
    await named
    watcher.close()
    await kill(worker)
    await barrier.open()
    expect(readdirSync(folder).filter((name) => name.endsWith('.txt')).length).toBeGreaterThan(1)
    await depot.finish(errand, 4)
  })(context),
)

test.concurrent(
  'before the commit of an end: the attempt counts as lost, its files are told and not copied again',
  scene(async (depot) => {
    const worker = await depot.worker(depot.later)
    const barrier = await barrierBefore('end', depot.database, depot.later)
    const errand = await depot.quick()
    await barrier.reached()
    await kill(worker)
    await barrier.open()
    expect((await readBooks(depot.database, errand.jobId)).job.state).toBe('running')
    await depot.finish(errand)
  }),
)

test.concurrent(
  'before the commit of the end of a move of one file: its source is gone, and that is no failure',
  scene(async (depot) => {
    const worker = await depot.worker(depot.later)
    const barrier = await barrierBefore('end', depot.database, depot.later)
    const source = await plant(join(depot.in, 'one'), { 'a.txt': 'a' })
    const sides: Pick<Errand, 'source' | 'destination'> = { source, destination: join(depot.out, 'one') }
    const atSource = survey(source)
    const { id } = await depot.begin({ operation: 'move', from: 'one/a.txt', to: 'one' })
    await barrier.reached()
    await kill(worker)
    await barrier.open()
    await depot.finish({ jobId: id, operation: 'move', ...sides, atSource, atDestination: {} })
  }),
)

test.concurrent(
  'after the commit of an end, before the worker knows',
  scene(async (depot) => {
    const gate = await openAnswerGate(depot.database.url, depot.later)
    const worker = await depot.worker(depot.later, { databaseUrl: gate.url })
    const barrier = await barrierBefore('end', depot.database, depot.later)
    const errand = await depot.quick()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    await kill(worker)
    const second = await depot.worker(depot.later)
    expect(await check(depot.database, errand)).toEqual([])
    // The next one has nothing to do for it.
    await whenEnded(depot.database, (await depot.quick()).jobId)
    const { job, attempts } = await readBooks(depot.database, errand.jobId)
    expect([job.state, attempts.length]).toEqual(['completed', 1])
    expect(second.output()).not.toContain('gave lost')
  }),
)

test.concurrent(
  'after the commit of an end its connection is cut: the worker says it again, and it counts once',
  scene(async (depot) => {
    const gate = await openAnswerGate(depot.database.url, depot.later)
    const worker = await depot.worker(depot.later, { databaseUrl: gate.url })
    const barrier = await barrierBefore('end', depot.database, depot.later)
    const errand = await depot.quick()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    gate.cut()
    await eventually('it says it again', () => worker.output().includes('could not write the end'))
    const next = await depot.quick()
    expect(await whenEnded(depot.database, next.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(depot.database, errand)).toEqual([])
    expect(await check(depot.database, next)).toEqual([])
  }),
)

test.concurrent(
  'after the commit of a tick its connection is cut: what it told is there once',
  scene(async (depot) => {
    const gate = await openAnswerGate(depot.database.url, depot.later)
    const worker = await depot.worker(depot.later, { databaseUrl: gate.url })
    const barrier = await barrierBefore('lines', depot.database, depot.later)
    const errand = await depot.slow()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    gate.cut()
    await eventually('it says it again', () => worker.output().includes('could not report progress'))
    await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } })
    expect(await whenEnded(depot.database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(depot.database, errand)).toEqual([])
  }),
)

test.concurrent(
  'killed in mid-file and cancelled before another has it: nothing half stays',
  scene(async (depot) => {
    const worker = await depot.worker(depot.later)
    const errand = await depot.slow()
    // Names only: what lies there comes and goes while one looks.
    const partial = () => readdirSync(errand.destination).filter((name) => /^big\.bin\..*partial$/.test(name))
    const { promise: halfThere, resolve } = Promise.withResolvers<void>()
    const look = () => void (partial().length > 0 && resolve())
    const watcher = watch(errand.destination, look)
    look()
    await halfThere
    watcher.close()
    await killInMidFile(worker)
    await cancelJob({ ctx: depot.ctx.operator, id: errand.jobId })
    expect(partial()).not.toEqual([])
    await depot.worker(depot.later)
    expect(await whenEnded(depot.database, errand.jobId)).toMatchObject({ state: 'cancelled', attempt: 1 })
    expect(await check(depot.database, errand)).toEqual([])
  }),
)

test.concurrent(
  'its rclone is killed in mid-file and the job cancelled at once: nothing half stays',
  scene(async (depot) => {
    await depot.worker(depot.later)
    const errand = await depot.slow()
    await eventually('a file is half there', () => holdersOf(errand.destination).length > 0)
    for (const pid of holdersOf(errand.destination)) process.kill(pid, 'SIGKILL')
    await cancelJob({ ctx: depot.ctx.operator, id: errand.jobId })
    expect(await whenEnded(depot.database, errand.jobId)).toMatchObject({ state: 'cancelled', attempt: 1 })
    expect(await check(depot.database, errand)).toEqual([])
  }),
)

test.concurrent(
  'its rclone is killed, and then the worker before it could tell of it: the log is still there',
  scene(async (depot) => {
    const worker = await depot.worker(depot.later)
    const barrier = await barrierBefore('lines', depot.database, depot.later)
    const errand = await depot.slow()
    const arrived = () => readdirSync(join(errand.destination, 's')).filter((name) => name.endsWith('.txt'))
    await eventually('files are there', () => arrived().length > 10)
    await barrier.reached()
    for (const pid of holdersOf(errand.destination)) process.kill(pid, 'SIGKILL')
    await eventually('it has seen that', () => worker.output().includes('rclone ended unexpectedly'))
    await kill(worker)
    await barrier.open()
    await depot.finish(errand, 4)
  }),
)
