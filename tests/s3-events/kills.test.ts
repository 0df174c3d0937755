import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { barrierBefore } from '#tests/support/barrier.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { notification } from '#tests/support/s3-messages.ts'
import { openS3Yard, type S3Yard } from '#tests/support/s3-yard.ts'

// What a killed worker had received comes again after 20 s.
vi.setConfig({ testTimeout: 180_000 })

const OBJECTS = 25
const names = Array.from({ length: OBJECTS }, (_, n) => `f${n}`)
const books = {
  ...{ received: OBJECTS, transferred: OBJECTS, ignored: 0, failed: 0, dead: 0, pending: 0, unaccounted: 0 },
}

/** A queue with an event for each of the objects that lie in the bucket. */
async function stocked({ sqs, put }: S3Yard) {
  const queue = await sqs.queue('kills')
  for (const name of names) await put(`in/${name}`, `content of ${name}`)
  await queue.send(...names.map((name, n) => notification({ key: `in/${name}`, sequencer: `0${n + 1}` })))
  return queue
}

async function provesAll(yard: S3Yard, a: Awaited<ReturnType<S3Yard['template']>>) {
  expect(await a.settled(OBJECTS, 90_000)).toEqual(books)
  expect(Object.keys(survey(join(yard.depot.out, 'a'))).sort()).toEqual([...names].sort())
  const jobs = await yard.depot.database.sql<{ files: number }[]>`
    select count(*)::int as files from transfers where state = 'completed'`
  expect(jobs[0]?.files).toBe(OBJECTS)
}

test('a worker killed before it has committed: each object travels once', async () => {
  const yard = await openS3Yard(onTestFinished)
  const { depot, worker } = yard
  const queue = await stocked(yard)
  const barrier = await barrierBefore('heard', depot.database, onTestFinished)
  const a = await yard.template('a', queue, { path: 'in' })
  await barrier.reached()
  await worker.end('SIGKILL')
  await barrier.open()
  expect(await queue.left()).toBe(OBJECTS)
  await depot.worker(onTestFinished)
  await provesAll(yard, a)
  await eventually('the queue is empty', async () => (await queue.left()) === 0, 60_000)
})

test('a worker killed after it has committed, before it has deleted: each object travels once', async () => {
  const yard = await openS3Yard(onTestFinished)
  const { depot, sqs, worker } = yard
  const queue = await stocked(yard)
  const held = Promise.withResolvers<void>()
  const never = Promise.withResolvers<void>()
  sqs.rules.hold = (action) => {
    if (action !== 'DeleteMessageBatch') return null
    held.resolve()
    return never.promise
  }
  const a = await yard.template('a', queue, { path: 'in' })
  await held.promise
  expect((await a.summary()).received).toBeGreaterThan(0)
  await worker.end('SIGKILL')
  expect(await queue.left()).toBe(OBJECTS)
  sqs.rules.hold = () => null
  never.resolve()
  await depot.worker(onTestFinished)
  await provesAll(yard, a)
  await eventually('the queue is empty', async () => (await queue.left()) === 0, 60_000)
})

test('the database is cut between the commit and the deletion, and before the commit', async () => {
  const yard = await openS3Yard(onTestFinished)
  const { depot, sqs } = yard
  const queue = await stocked(yard)
  const cut = () => depot.database.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like '%leader%'`
  const held = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  sqs.rules.hold = (action) => {
    if (action !== 'DeleteMessageBatch') return null
    held.resolve()
    return go.promise
  }
  const a = await yard.template('a', queue, { path: 'in' })
  await held.promise
  await cut()
  go.resolve()
  sqs.rules.hold = () => null
  const barrier = await barrierBefore('heard', depot.database, onTestFinished)
  await queue.send(notification({ key: 'in/f0', sequencer: '0FF' }))
  await barrier.reached()
  expect((await cut()).length).toBeGreaterThan(0)
  await barrier.open()
  const summary = await a.settled(OBJECTS + 1, 90_000)
  expect(summary).toMatchObject({ failed: 0, dead: 0, pending: 0, unaccounted: 0 })
  expect(Object.keys(survey(join(depot.out, 'a'))).sort()).toEqual([...names].sort())
  await eventually('the queue is empty', async () => (await queue.left()) === 0, 60_000)
})

test('a second worker takes over from one that is killed or frozen; nothing is doubled', async () => {
  const yard = await openS3Yard(onTestFinished)
  const { depot, put, worker: first } = yard
  const queue = await yard.sqs.queue('shift')
  const a = await yard.template('a', queue, { path: 'in' })
  const send = async (from: string) => {
    await Promise.all(names.map((name) => put(`in/${from}/${name}`)))
    await queue.send(...names.map((name) => notification({ key: `in/${from}/${name}` })))
  }
  await a.healthy(/^ok/)
  const second = await depot.worker(onTestFinished)
  await send('one')
  await a.settled(OBJECTS)

  first.process.kill('SIGSTOP')
  onTestFinished(() => void first.process.kill('SIGCONT'))
  await eventually(
    'the second listens',
    () => /"lead":"queues [^"]*","msg":"leads"/.test(second.output()),
    30_000,
  )
  await send('two')
  await a.settled(2 * OBJECTS, 60_000)
  first.process.kill('SIGCONT')
  await second.end('SIGKILL')
  await send('three')
  const summary = await a.settled(3 * OBJECTS, 90_000)
  expect(summary).toMatchObject({ transferred: 3 * OBJECTS, failed: 0, unaccounted: 0 })
  expect(new Set(await a.paths()).size).toBe(3 * OBJECTS)
})
