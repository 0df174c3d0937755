import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { channels } from '#lib/live/channel.ts'
import { gone } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'
import { attemptsOf, messagesOf } from './account.ts'

const depot = await openDepot()
const worker = await depot.worker(afterAll, { silenceSeconds: 3, slots: 3 })
const { database } = depot
const ctx = depot.ctx.operator

/** A transfer of some minutes with bytes under way, and the number of its rclone. */
async function slowJob(name: string): Promise<{ id: string; rclone: number }> {
  await plantLarge(join(depot.in, name, 'big.bin'), 64 * 1024 * 1024)
  await plant(join(depot.in, name), { 'small.txt': name })
  const { id } = await depot.begin({ from: name, to: name, options: { bandwidth: '256K' } })
  await whenMoving(database, id)
  const [rclone] = holdersOf(join(depot.out, name))
  expect(rclone).toBeDefined()
  return { id, rclone: rclone! }
}

function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP')
  // Where the test fails before it was ended.
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGCONT')
    } catch {
      // It is gone, as it should be.
    }
  })
}

test('a frozen rclone ends its attempt as silent and is replaced; the other jobs of its worker go on reporting', async () => {
  const frozen = await slowJob('frozen')
  const other = await slowJob('other')
  const heard: number[] = []
  const listening = await database.sql.listen(channels.live, (payload) => {
    if (payload.includes(other.id)) heard.push(performance.now())
  })
  onTestFinished(() => listening.unlisten())
  const began = performance.now()
  freeze(frozen.rclone)
  // A wish that its rclone does not hear; it must not take the worker down either.
  await updateJob({ ctx, id: frozen.id, input: { bandwidth: 'off' } })

  const second = await whenJob(database, frozen.id, 'it is tried again', ({ attempt }) => attempt === 2)
  const ended = performance.now()
  expect(second).toMatchObject({ errorCause: 'silent', errorMessage: 'No byte and no file moved for 3 s.' })
  await gone(frozen.rclone)
  const gaps = [began, ...heard, ended].map((at, n, all) => at - (all[n - 1] ?? at))
  // Reports come each second; a lease lasts ten.
  expect(Math.max(...gaps)).toBeLessThan(8000)
  expect(heard.length).toBeGreaterThan(2)

  expect(await whenEnded(database, frozen.id)).toMatchObject({ state: 'completed', attempt: 2, files: 2 })
  expect(treeOf(join(depot.out, 'frozen'))).toEqual(treeOf(join(depot.in, 'frozen')))
  const [first, next] = await attemptsOf(database, frozen.id)
  expect(first).toMatchObject({ state: 'interrupted', cause: 'silent' })
  expect(next).toMatchObject({ state: 'completed' })
  expect(next!.startAfter!.getTime() - first!.finishedAt!.getTime()).toBeGreaterThan(1000)
  expect(await messagesOf(depot, frozen.id)).toEqual(
    expect.arrayContaining([
      'Attempt 1 interrupted: No byte and no file moved for 3 s.',
      'Attempt 2 completed.',
    ]),
  )

  await updateJob({ ctx, id: other.id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, other.id)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(worker.process.exitCode).toBeNull()
})

test('a job whose rclone hangs can be cancelled, and nothing stays behind', async () => {
  const { id, rclone } = await slowJob('cancelled')
  freeze(rclone)
  await cancelJob({ ctx, id })
  expect(await whenEnded(database, id, 20_000)).toMatchObject({ state: 'cancelled' })
  await gone(rclone)
  expect(Object.keys(treeOf(join(depot.out, 'cancelled')))).not.toContainEqual(
    expect.stringContaining('big.bin'),
  )
  expect(await depot.run({ from: 'other', to: 'after' })).toMatchObject({ state: 'completed', attempt: 1 })
})
