import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { barrierBefore } from '#tests/support/barrier.ts'
import { kill } from '#tests/support/chaos/scene.ts'
import { ownClock } from '#tests/support/clock.ts'
import { type Depot, openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { openOwnServer } from '#tests/support/own-server.ts'
import {
  backdate,
  firingsOf,
  messagesOf,
  runsOf,
  type Scheduled,
  scheduled,
} from '#tests/support/schedules.ts'

// A worker dies, the database goes away, a clock jumps around the time at which a schedule is due: it fires once.

const HOUR = 3600

async function depotWith(count: number, settings: object = {}, given?: Depot) {
  const depot = given ?? (await openDepot(undefined, onTestFinished))
  await plant(join(depot.in, 'few'), { 'a.txt': 'a' })
  const all: Scheduled[] = []
  for (let n = 0; n < count; n += 1) {
    all.push(await scheduled(depot, { everySeconds: HOUR, ...settings }, { from: 'few' }))
  }
  const fireNow = () => Promise.all(all.map(({ triggerId }) => backdate(depot.database, triggerId, HOUR)))
  return { depot, all, fireNow }
}

/** Each has fired so many times, made a job for each, ended it, and waits for its next. */
async function expectFired({ database }: Depot, all: Scheduled[], times = 1): Promise<void> {
  const hasEnded = async ({ templateId }: Scheduled) => {
    const runs = await runsOf(database, templateId)
    return runs.length >= times && runs.every(({ state }) => state === 'completed')
  }
  await eventually(
    'all have fired, and their jobs have arrived',
    async () => (await Promise.all(all.map(hasEnded))).every(Boolean),
    50_000,
  )
  for (const { triggerId, templateId } of all) {
    const rows = await firingsOf(database, triggerId)
    const runs = await runsOf(database, templateId)
    expect(rows.map(({ state }) => state)).toEqual(Array(times).fill('fired'))
    expect(rows.map(({ jobId }) => jobId).sort()).toEqual(runs.map(({ id }) => id).sort())
    expect(await messagesOf(database, triggerId)).toHaveLength(1)
  }
}

/** The worker has looked for what is due: a message of no schedule, which it takes, is gone. */
async function takesWhatMeansNothing({ database }: Depot): Promise<void> {
  const data = { triggerId: randomUUID(), dueAt: new Date().toISOString() }
  await database.sql`
    insert into pgboss.job (name, data, start_after, keep_until)
    values ('firings', ${JSON.stringify(data)}::text::jsonb, now(), now() + interval '1 hour')`
  await eventually('it was taken', async () => (await messagesOf(database, data.triggerId)).length === 0)
}

describe('a worker is killed', () => {
  test.each(['firing', 'run', 'next'] as const)('before the commit, at "%s"', async (moment) => {
    const { depot, all, fireNow } = await depotWith(3)
    const worker = await depot.worker(onTestFinished)
    const barrier = await barrierBefore(moment, depot.database, onTestFinished)
    await fireNow()
    await barrier.reached()
    await kill(worker)
    await barrier.open()
    expect((await firingsOf(depot.database, all[0]!.triggerId)).length).toBe(0)
    await depot.worker(onTestFinished)
    await expectFired(depot, all)
  })

  test('after the commit, before it knows', async () => {
    const { depot, all, fireNow } = await depotWith(3)
    const gate = await openAnswerGate(depot.database.url, onTestFinished)
    const worker = await depot.worker(onTestFinished, { databaseUrl: gate.url })
    const barrier = await barrierBefore('run', depot.database, onTestFinished)
    await fireNow()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    await kill(worker)
    await depot.worker(onTestFinished)
    await expectFired(depot, all)
  })

  test('after the commit its connection is cut: it goes on, and each fires once', async () => {
    const { depot, all, fireNow } = await depotWith(3)
    const gate = await openAnswerGate(depot.database.url, onTestFinished)
    await depot.worker(onTestFinished, { databaseUrl: gate.url })
    const barrier = await barrierBefore('run', depot.database, onTestFinished)
    await fireNow()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    gate.cut()
    await expectFired(depot, all)
  })

  test('again and again, two of them, under schedules that are due all the time', async () => {
    const { depot, all, fireNow } = await depotWith(20)
    const workers = [await depot.worker(onTestFinished), await depot.worker(onTestFinished)]
    const ROUNDS = 4
    for (let round = 1; round <= ROUNDS; round += 1) {
      await fireNow()
      await sleep(200 * round)
      await kill(workers[round % 2]!)
      workers[round % 2] = await depot.worker(onTestFinished)
      await expectFired(depot, all, round)
    }
  }, 240_000)
})

test('two workers, and messages that are there twice: each schedule fires once', async () => {
  const { depot, all, fireNow } = await depotWith(40)
  await depot.worker(onTestFinished)
  await depot.worker(onTestFinished)
  await depot.database.sql.unsafe(`
    create function twice() returns trigger language plpgsql as $$ begin
      insert into pgboss.job (name, data, start_after, keep_until)
        values (new.name, new.data, new.start_after, new.keep_until);
      return null;
    end $$;
    create trigger twice after insert on pgboss.job for each row
      when (new.name = 'firings' and pg_trigger_depth() = 0) execute function twice()`)
  await fireNow()
  await eventually('all have fired', async () => {
    const rows = await Promise.all(all.map(({ triggerId }) => firingsOf(depot.database, triggerId)))
    return rows.every(({ length }) => length === 1)
  })
  await depot.database.sql.unsafe('drop function twice cascade')
  // Now each has its next message twice, and both come due.
  for (const { triggerId } of all) expect(await messagesOf(depot.database, triggerId)).toHaveLength(2)
  await eventually(
    'their jobs have ended',
    async () => {
      const runs = await Promise.all(all.map(({ templateId }) => runsOf(depot.database, templateId)))
      return runs.flat().every(({ state }) => state === 'completed')
    },
    50_000,
  )
  await fireNow()
  await expectFired(depot, all, 2)
}, 120_000)

test('PostgreSQL is away when they are due: they fire once when it is back', async () => {
  const server = await openOwnServer(onTestFinished)
  const depot = await openDepot(server.database, onTestFinished)
  const { all } = await depotWith(5, {}, depot)
  await depot.worker(onTestFinished)
  // Due in four seconds.
  for (const { triggerId } of all) await backdate(depot.database, triggerId, HOUR - 4)
  await server.crash()
  await sleep(6000)
  await server.start()
  await expectFired(depot, all)
})

test('nobody was there for hours: what each schedule says is done, and the next fires in time', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  await plant(join(depot.in, 'few'), { 'a.txt': 'a' })
  const [skip, once, every] = await Promise.all(
    (['skip', 'once', 'all'] as const).map((missed) =>
      scheduled(depot, { everySeconds: HOUR, missed }, { from: 'few' }),
    ),
  )
  for (const { triggerId } of [skip!, once!, every!]) await backdate(depot.database, triggerId, 3.5 * HOUR)
  await depot.worker(onTestFinished)
  const states = async ({ triggerId }: Scheduled) =>
    (await firingsOf(depot.database, triggerId)).map(({ state }) => state)
  await eventually('the runs that were missed have ended, one after the other', async () => {
    const runs = await runsOf(depot.database, every!.templateId)
    return runs.length === 3 && runs.every(({ state }) => state === 'completed')
  })
  expect(await states(skip!)).toEqual(['skipped', 'skipped', 'skipped'])
  expect(await states(once!)).toEqual(['skipped', 'skipped', 'fired'])
  expect(await states(every!)).toEqual(['fired', 'fired', 'fired'])
  const runs = await runsOf(depot.database, every!.templateId)
  for (const [n, run] of runs.entries()) {
    expect(run.startedAt!.getTime()).toBeGreaterThanOrEqual(runs[n - 1]?.finishedAt?.getTime() ?? 0)
  }
  for (const { triggerId } of [skip!, once!, every!]) await backdate(depot.database, triggerId, HOUR / 2)
  await eventually('each has fired in time', async () => {
    const last = await Promise.all([skip!, once!, every!].map(states))
    return last.every((all) => all.length === 4 && all.at(-1) === 'fired')
  })
})

test.each([
  ['forward', HOUR * 1000],
  ['back', -HOUR * 1000],
])("a worker's clock is set an hour %s: it fires by the database's, once", async (_, byMs) => {
  const { depot, all, fireNow } = await depotWith(3)
  const clock = await ownClock(onTestFinished)
  const worker = await depot.worker(onTestFinished, { env: clock.env })
  await fireNow()
  await expectFired(depot, all)
  await clock.jump(worker.process, byMs)
  for (let ticks = 0; ticks < 3; ticks += 1) await takesWhatMeansNothing(depot)
  await expectFired(depot, all)
  await fireNow()
  await expectFired(depot, all, 2)
})
