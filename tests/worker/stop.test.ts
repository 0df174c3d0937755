import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { database } = depot
const ctx = depot.ctx.operator
const SIZE = 50 * 1024 * 1024

/** A job that would take the better part of a minute, with its first bytes on the way. */
async function slowJob(name: string): Promise<string> {
  await plantLarge(join(depot.in, name, 'big.bin'), SIZE)
  await plant(join(depot.in, name), { 'small.txt': 'small' })
  const job = await depot.begin({ from: name, to: name, options: { bandwidth: '1M' } })
  await whenMoving(database, job.id)
  return job.id
}

test('a cancelled transfer ends within seconds, leaves nothing half, and completes when retried', async () => {
  const id = await slowJob('cancel')
  const asked = performance.now()
  await cancelJob({ ctx, id })
  const ended = await whenEnded(database, id)
  // Left to itself it would take the better part of a minute.
  expect(performance.now() - asked).toBeLessThan(15_000)
  expect(ended).toMatchObject({ state: 'cancelled', errorCause: null, inFlight: [], speed: 0 })
  expect(holdersOf(depot.root)).toEqual([])
  const left = Object.keys(treeOf(join(depot.out, 'cancel')))
  expect(left.filter((path) => path !== 'small.txt')).toEqual([])
  const files = await depot.files(id)
  expect(files.find(({ path }) => path === 'big.bin')).toMatchObject({ state: 'cancelled' })

  await retryUnlimited(id)
  const retried = await whenEnded(database, id)
  expect(retried).toMatchObject({ state: 'completed', attempt: 2, files: 2, bytes: SIZE + 5 })
  expect(treeOf(join(depot.out, 'cancel'))).toEqual(treeOf(join(depot.in, 'cancel')))
})

/** An ended job takes no new limit, so it is lifted as soon as the retry runs. */
async function retryUnlimited(id: string): Promise<void> {
  await retryJob({ ctx, id })
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
}

test('a paused transfer stops, and goes on when resumed', async () => {
  const id = await slowJob('pause')
  await pauseJob({ ctx, id })
  await whenJob(database, id, 'it is paused', ({ state }) => state === 'paused', 15_000)
  expect(holdersOf(depot.root)).toEqual([])
  expect(treeOf(join(depot.out, 'pause'))).not.toHaveProperty('big.bin')
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  await resumeJob({ ctx, id })
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
  expect(treeOf(join(depot.out, 'pause'))).toEqual(treeOf(join(depot.in, 'pause')))
})

test('a new bandwidth counts at once, without a new attempt', async () => {
  const id = await slowJob('faster')
  const asked = performance.now()
  await updateJob({ ctx, id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(performance.now() - asked).toBeLessThan(25_000)
})

test('a limit is kept: two seconds of 1M are no more than a few MiB', async () => {
  // From before its start: what a busy machine delays makes the rate smaller, never larger.
  const began = performance.now()
  const id = await slowJob('limit')
  const later = await whenJob(database, id, 'more has moved', ({ bytes }) => bytes > 2_500_000)
  const rate = later.bytes / ((performance.now() - began) / 1000)
  expect(rate).toBeLessThan(2_500_000)
  expect(later.inFlight).toMatchObject([{ path: 'big.bin', size: SIZE }])
  await cancelJob({ ctx, id })
  await whenEnded(database, id)
})

test('a cancel in the moment of the start ends it too', async () => {
  await plantLarge(join(depot.in, 'early', 'big.bin'), SIZE)
  for (let n = 0; n < 5; n += 1) {
    const job = await depot.begin({ from: 'early', to: `early-${n}`, options: { bandwidth: '1M' } })
    const running = whenJob(database, job.id, 'it runs', ({ state }) => state !== 'queued')
    await running
    await cancelJob({ ctx, id: job.id })
    expect(await whenEnded(database, job.id)).toMatchObject({ state: 'cancelled' })
    expect(holdersOf(depot.root)).toEqual([])
  }
})
