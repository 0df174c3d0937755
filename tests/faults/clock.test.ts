import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { updateJob } from '#lib/jobs/update-job.ts'
import { scene } from '#tests/support/chaos/scene.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { ownClock } from '#tests/support/clock.ts'
import { holdersOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const HOUR = 3600_000

const jumps = [
  ['forward', HOUR],
  ['backward', -HOUR],
] as const

test.concurrent.for(jumps)("a worker's clock jumps an hour %s", ([, byMs], context) =>
  scene(async (depot) => {
    const { database } = depot
    const now = async () => new Date((await database.db.execute<{ now: string }>(sql`select now()`))[0]!.now)
    const clock = await ownClock(depot.later)
    const worker = await depot.worker(depot.later, { env: clock.env })
    const began = await now()
    const errand = await depot.slow()
    await whenMoving(database, errand.jobId)
    // Another, whose clock is right, must not take its work for lost.
    await depot.worker(depot.later)

    await clock.jump(worker.process, byMs)
    // Longer than a lease and the sweeper's patience.
    await sleep(14_000)
    const running = (await readBooks(database, errand.jobId)).job
    expect(running).toMatchObject({ state: 'running', attempt: 1 })
    expect(running.speed).toBeGreaterThan(200_000)
    expect(running.speed).toBeLessThan(3_000_000)
    expect(running.etaSeconds).toBeGreaterThan(5)
    expect(running.etaSeconds).toBeLessThan(300)
    expect(Math.abs(running.updatedAt.getTime() - (await now()).getTime())).toBeLessThan(10_000)

    // The back-off is seconds, on whatever clock.
    for (const pid of holdersOf(errand.destination)) process.kill(pid, 'SIGKILL')
    await whenJob(
      database,
      errand.jobId,
      'the next attempt runs',
      ({ attempt, state }) => attempt === 2 && state === 'running',
      20_000,
    )
    await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } })
    const ended = await whenEnded(database, errand.jobId)
    expect(ended).toMatchObject({ state: 'completed', attempt: 2 })
    const { attempts } = await readBooks(database, errand.jobId)
    for (const time of attempts.flatMap(({ startedAt, finishedAt }) => [startedAt!, finishedAt!])) {
      expect(time.getTime()).toBeGreaterThanOrEqual(began.getTime())
      expect(time.getTime()).toBeLessThanOrEqual((await now()).getTime())
    }
    expect(await check(database, errand)).toEqual([])
  })(context),
)
