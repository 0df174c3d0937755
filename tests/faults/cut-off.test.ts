import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { workers } from '#lib/db/schema/agents.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { scene } from '#tests/support/chaos/scene.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { holdersOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const canPart = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!canPart)(
  'a worker that is cut off from the database ends its rclone before a worker of another machine has its work',
  scene(async (depot) => {
    const { database } = depot
    const gate = await openAnswerGate(database.url, depot.later)
    const cut = await depot.worker(depot.later, { databaseUrl: gate.url })
    const errand = await depot.slow()
    await whenMoving(database, errand.jobId)
    const [rclone] = holdersOf(errand.destination)
    expect(rclone).toBeDefined()
    const other = await depot.worker(depot.later, { ownMachine: true })
    const rows = () => database.db.select().from(workers).where(eq(workers.pid, cut.pid))
    const [row] = await rows()
    // It learns with its heartbeat that it is no longer the only machine.
    await eventually(
      'it has beaten twice',
      async () => {
        const [now] = await rows()
        return now!.heartbeatAt.getTime() - row!.heartbeatAt.getTime() > 6000
      },
      20_000,
    )

    gate.darken()
    await whenJob(
      database,
      errand.jobId,
      'the other machine has it',
      ({ attempt, state }) => attempt === 2 && state === 'running',
    )
    expect(holdersOf(errand.destination)).not.toContain(rclone)
    expect(other.output()).toContain('gave lost attempts back')
    expect(cut.process.exitCode).toBeNull()
    gate.lighten()
    await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } })
    expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 2 })
    expect(await check(database, errand)).toEqual([])
    const { attempts } = await readBooks(database, errand.jobId)
    expect(attempts.map(({ state, cause }) => [state, cause])).toEqual([
      ['interrupted', 'worker_lost'],
      ['completed', null],
    ])
  }),
)
