import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { killInMidFile } from '#tests/support/chaos/scene.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.operator

/** A run that is in the middle of a file which its template gives a place of its own. */
async function placing(name: string) {
  await plantLarge(join(depot.in, name, 'day/big.mov'), 50 * 1024 * 1024)
  const template = await createTemplate({
    ctx,
    input: {
      ...{ name, operation: 'copy', source: { endpointId: depot.source.id, path: name } },
      destinations: [{ endpointId: depot.destination.id, path: `${name}/{name}/archive/{filename}` }],
      options: { bandwidth: '1M' },
    },
  })
  const { id } = await runTemplate({ ctx, id: template.id, input: {} })
  await whenMoving(database, id)
  const folder = join(depot.out, name, 'big/archive')
  // Somebody's own: no file of the run has its name.
  await plant(folder, { 'other.mov.0123abcd.partial': 'theirs' })
  const half = () => readdirSync(folder).filter((file) => /^big\.mov\.[0-9a-f]{8}\.partial$/.test(file))
  await eventually('a part is there', () => half().length === 1)
  return { id, folder, half }
}

test('what a killed rclone left of a placed file is gone before its attempt is told to have ended', async () => {
  await depot.worker(onTestFinished)
  const { id, folder, half } = await placing('killed')
  const [rclone] = holdersOf(folder)
  process.kill(rclone!, 'SIGKILL')
  // Looked at in that moment: the next attempt has one of its own.
  let left = ['?']
  await whenJob(database, id, 'it waits for its next attempt', ({ state }) => {
    left = half()
    return state === 'retrying'
  })
  expect(left).toEqual([])
  await cancelJob({ ctx, id })
  expect(treeOf(folder)).toEqual({ 'other.mov.0123abcd.partial': 'theirs' })
})

test('and what a killed worker left, also when a person cancels before another attempt', async () => {
  const first = await depot.worker(onTestFinished)
  const { id, folder, half } = await placing('cancelled')
  await killInMidFile(first)
  expect(half()).toHaveLength(1)
  await cancelJob({ ctx, id })
  await depot.worker(afterAll)
  expect(await whenEnded(database, id)).toMatchObject({ state: 'cancelled' })
  expect(existsSync(join(folder, 'other.mov.0123abcd.partial'))).toBe(true)
  expect(half()).toEqual([])
})
