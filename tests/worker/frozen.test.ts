import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { workers } from '#lib/db/schema/agents.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually, gone, processesWith } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const depot = await openDepot()
const { database } = depot

test('a worker frozen past its lease loses its rclone before its work, and its later words change nothing', async () => {
  const first = await depot.worker(onTestFinished)
  await plantLarge(join(depot.in, 'big.bin'), 50 * 1024 * 1024)
  const { id } = await depot.begin({ options: { bandwidth: '1M' } })
  await whenMoving(database, id)
  // The one at work and the one kept warm beside it, as its row tells them to others.
  const told = async () => (await database.db.select().from(workers)).flatMap((row) => row.slotProcesses)
  await eventually('both its daemons are told of', async () => (await told()).length === 2, 10_000)
  const daemons = await told()
  const running = processesWith('rcd --use-json-log').filter(({ parent }) => parent === first.pid)
  expect(running.map(({ pid }) => pid).sort()).toEqual(daemons.map(({ pid }) => pid).sort())
  const second = await depot.worker(onTestFinished)
  first.process.kill('SIGSTOP')
  onTestFinished(() => void first.process.kill('SIGCONT'))

  const taken = whenJob(
    database,
    id,
    'another has it',
    ({ attempt, state }) => attempt === 2 && state === 'running',
  )
  for (const { pid } of daemons) await gone(pid, 30_000)
  await taken
  expect(second.output()).toContain('gave lost attempts back')

  first.process.kill('SIGCONT')
  await updateJob({ ctx: depot.ctx.operator, id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
  expect(treeOf(depot.out)).toEqual(treeOf(depot.in))
  const tries = await database.db
    .select()
    .from(attempts)
    .where(eq(attempts.jobId, id))
    .orderBy(attempts.number)
  expect(tries).toMatchObject([{ state: 'interrupted', cause: 'worker_lost' }, { state: 'completed' }])

  // The one that woke is as good as new.
  await second.end('SIGTERM')
  await plantLarge(join(depot.in, 'next', 'big.bin'), 1024 * 1024)
  expect(await depot.run({ from: 'next', to: 'next' })).toMatchObject({ state: 'completed', attempt: 1 })
})
