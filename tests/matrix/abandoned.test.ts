import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { messagesOf } from '#tests/faults/account.ts'
import { eventually } from '#tests/start/processes.ts'
import { killInMidFile } from '#tests/support/chaos/scene.ts'
import { plant, plantLarge } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openWarehouse, type Warehouse } from '#tests/support/warehouse.ts'
import { whenJob, whenMoving } from '#tests/support/when.ts'

const SIZE = 48 * 1024 * 1024

describe.concurrent('nothing half stays of a job that is cancelled before its next attempt', () => {
  test.skipIf(cannotRun('ssh'))(
    'elsewhere and here, when the worker was killed',
    async ({ onTestFinished: later }) => {
      const server = await startSsh(later)
      const warehouse = await openWarehouse({}, later)
      const { database, ctx, root } = warehouse
      await plantLarge(join(root, 'in/big.bin'), SIZE)
      await plantLarge(join(server.folder, 'in/big.bin'), SIZE)
      const here = await warehouse.endpoint('here', { type: 'local', path: root, settings: {} })
      const there = await warehouse.endpoint('there', server)
      const options = { bandwidth: '1M' }
      const jobs = [
        await warehouse.begin({ from: [here, 'in'], to: [there, 'out'], options }),
        await warehouse.begin({ from: [there, 'in'], to: [here, 'out'], options }),
      ]
      const outs = [join(server.folder, 'out'), join(root, 'out')]
      for (const [at, { id }] of jobs.entries()) {
        await whenMoving(database, id)
        await eventually('a part is there', () => readdirSync(outs[at]!).length === 1)
        await plant(outs[at]!, { 'not ours.bin.0123abcd.partial': 'x' })
      }
      await killInMidFile(warehouse.worker)
      expect(outs.map((out) => readdirSync(out).length)).toEqual([2, 2])
      for (const { id } of jobs) await cancelJob({ ctx: ctx.operator, id })
      await warehouse.another()
      for (const { id } of jobs) {
        const isOver = ({ state, tidyAt }: JobRow) => state === 'cancelled' && tidyAt === null
        await whenJob(database, id, 'somebody has looked', isOver)
        expect(await messagesOf(warehouse, id)).toContain('Removed 1 partial files that a lost attempt left.')
      }
      expect(outs.map((out) => readdirSync(out))).toEqual(outs.map(() => ['not ours.bin.0123abcd.partial']))
    },
  )

  test.skipIf(cannotRun('ssh'))(
    'elsewhere, when the server went away and rclone could not remove it, once that is back',
    { timeout: 120_000 },
    async ({ onTestFinished: later }) => {
      const server = await startSsh(later)
      const warehouse = await openWarehouse({}, later)
      const { database, ctx, root } = warehouse
      await plantLarge(join(root, 'big.bin'), SIZE)
      const here = await warehouse.endpoint('here', { type: 'local', path: root, settings: {} })
      const there = await warehouse.endpoint('there', server)
      const order = { from: [here, ''], to: [there, 'out'] } satisfies Parameters<Warehouse['begin']>[0]
      const { id } = await warehouse.begin({ ...order, options: { bandwidth: '4M' } })
      await whenMoving(database, id)
      await server.stop()
      // It tries for long before it gives up on that.
      await whenJob(
        database,
        id,
        'it waits for its next attempt',
        ({ state }) => state === 'retrying',
        90_000,
      )
      expect(readdirSync(join(server.folder, 'out'))).toHaveLength(1)
      await cancelJob({ ctx: ctx.operator, id })
      await server.start()
      await whenJob(database, id, 'somebody has looked', ({ tidyAt }) => tidyAt === null)
      expect(readdirSync(join(server.folder, 'out'))).toEqual([])
      expect(await messagesOf(warehouse, id)).toContain('Removed 1 partial files that a lost attempt left.')
    },
  )
})
