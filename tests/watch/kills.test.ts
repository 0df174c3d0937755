import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { barrierBefore } from '#tests/support/barrier.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { openWatching } from '#tests/support/watching.ts'

const FILES = 60
const files = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`d${n % 5}/f${n}`, `content ${n}`]))

const points = {
  'while events are being written': 'told',
  'while a job is being made of them': 'gathered',
  'while that job is being taken': 'claim',
  'while its end is being written': 'end',
} as const

for (const [point, moment] of Object.entries(points)) {
  test(`a worker killed ${point}: each file is moved once and accounted for`, async () => {
    const depot = await openDepot(undefined, onTestFinished)
    const worker = await depot.worker(onTestFinished)
    const a = await openWatching(depot).watch('a', { operation: 'move' })
    await a.ready()
    const barrier = await barrierBefore(moment, depot.database, onTestFinished)
    await plant(join(depot.in, 'a'), files)
    await barrier.reached()
    await worker.end('SIGKILL')
    await barrier.open()
    await depot.worker(onTestFinished)
    const summary = await a.settled(FILES, 60_000)
    expect(summary).toEqual({
      ...{ received: FILES, transferred: FILES, ignored: 0, failed: 0, dead: 0, pending: 0, unaccounted: 0 },
    })
    expect(Object.keys(survey(join(depot.out, 'a'))).sort()).toEqual(Object.keys(files).sort())
    expect(survey(join(depot.in, 'a'))).toEqual({})
  })
}

test('a worker killed after the events were written, before anything else', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  const worker = await depot.worker(onTestFinished)
  const a = await openWatching(depot).watch('a', { more: { gather: { windowMs: 60_000 } } })
  await a.ready()
  await plant(join(depot.in, 'a'), files)
  await a.received(FILES)
  await worker.end('SIGKILL')
  await depot.database.sql`update templates set gather = '{}'`
  await depot.worker(onTestFinished)
  const summary = await a.settled(FILES)
  expect(summary).toMatchObject({ received: FILES, transferred: FILES, unaccounted: 0 })
})
