import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { messagesOf } from '#tests/faults/account.ts'
import { eventually } from '#tests/start/processes.ts'
import { killInMidFile } from '#tests/support/chaos/scene.ts'
import { holdersOf, plant, plantLarge } from '#tests/support/files.ts'
import type { Later } from '#tests/support/later.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openWarehouse, type Shelf, type Warehouse } from '#tests/support/warehouse.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

// The worker is killed in the middle of an upload to a storage elsewhere, and another takes it up.

const MiB = 1024 * 1024
const SIZE = 48 * MiB
/** Somebody's own: no file of the source has its name. */
const STRANGER = 'b/not ours.bin.0123abcd.partial'

async function interrupted(
  later: Later,
  make: (warehouse: Warehouse) => Promise<Shelf>,
  middle: (shelf: Shelf, warehouse: Warehouse) => Promise<void>,
): Promise<{ warehouse: Warehouse; shelf: Shelf }> {
  const warehouse = await openWarehouse({}, later)
  const shelf = await make(warehouse)
  const folder = await plant(join(warehouse.root, 'in'), { 'a/small.txt': 'small' })
  await plantLarge(join(folder, 'b/big.bin'), SIZE)
  const source = await warehouse.endpoint('in', { type: 'local', path: folder, settings: {} })
  const destination = await warehouse.endpoint('out', shelf)
  const other = await plant(join(warehouse.root, 'other'), { [STRANGER]: 'x' })
  const others = await warehouse.endpoint('other', { type: 'local', path: other, settings: {} })
  await warehouse.run({ from: [others, ''], to: [destination, 'to'] })
  const order = { from: [source, ''], to: [destination, 'to'] } satisfies Parameters<Warehouse['run']>[0]
  const job = await warehouse.begin({ ...order, options: { bandwidth: '4M' } })
  const { database, ctx } = warehouse
  const halfWay = (bytes: number) => bytes > 12 * MiB && bytes < SIZE
  await whenJob(database, job.id, 'it is half way', ({ bytes }) => halfWay(bytes))
  await killInMidFile(warehouse.worker)
  // Under its final name there is nothing yet.
  expect(Object.keys(await warehouse.listed(shelf, 'to'))).not.toContain('b/big.bin')
  await middle(shelf, warehouse)
  await updateJob({ ctx: ctx.operator, id: job.id, input: { bandwidth: 'off' } })
  await warehouse.another()
  const ended = await whenEnded(database, job.id, 90_000)
  expect([ended.errorMessage, ended.state, ended.attempt]).toEqual([null, 'completed', 2])
  const more = await warehouse.listed(shelf, 'to')
  expect(more).toEqual({ 'a/small.txt': 5, 'b/big.bin': SIZE, [STRANGER]: 1 })
  expect(await warehouse.differences(folder, shelf, 'to', { download: true })).toEqual([`- ${STRANGER}`])
  const rows = await warehouse.files(job.id)
  expect(rows.map(({ path, state }) => `${state} ${path}`)).toEqual([
    'completed a/small.txt',
    'completed b/big.bin',
  ])
  return { warehouse, shelf }
}

/** The killed one left it. */
function partialsStay(folder: (shelf: Shelf) => string) {
  return async (shelf: Shelf) => {
    const there = join(folder(shelf), 'to')
    await eventually('a partial file is there', () => {
      return readdirSync(join(there, 'b')).some((name) => /^big\.bin\.[0-9a-f]{8}\.partial$/.test(name))
    })
  }
}

describe('an upload that lost its worker is taken up, and nothing half stays', () => {
  test.skipIf(cannotRun('ssh')).concurrent('SFTP', async ({ onTestFinished: later }) => {
    let folder = ''
    await interrupted(
      later,
      async () => {
        const server = await startSsh(later)
        folder = server.folder
        return server
      },
      partialsStay(() => folder),
    )
    expect(readdirSync(join(folder, 'to', 'b'))).toEqual(['big.bin', basename(STRANGER)])
  })

  test.skipIf(cannotRun('samba')).concurrent('SMB', async ({ onTestFinished: later }) => {
    let folder = ''
    await interrupted(
      later,
      async () => {
        const server = await startSamba(later)
        folder = server.folder
        return server
      },
      partialsStay(() => folder),
    )
    expect(readdirSync(join(folder, 'to', 'b'))).toEqual(['big.bin', basename(STRANGER)])
  })

  test.concurrent('S3, in parts', async ({ onTestFinished: later }) => {
    await interrupted(
      later,
      () => startS3(later, { backend: 'fauxqs' }),
      async () => {},
    )
  })
})

test.skipIf(cannotRun('ssh'))(
  'what a killed rclone left elsewhere is gone before its attempt is told to have ended',
  async ({ onTestFinished: later }) => {
    const server = await startSsh(later)
    const warehouse = await openWarehouse({}, later)
    const { database, ctx } = warehouse
    const folder = await plant(join(warehouse.root, 'in'), {})
    await plantLarge(join(folder, 'big.bin'), SIZE)
    const source = await warehouse.endpoint('in', { type: 'local', path: folder, settings: {} })
    const destination = await warehouse.endpoint('out', server)
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name: 'placed', operation: 'copy', source: { endpointId: source.id, path: '' } },
        destinations: [{ endpointId: destination.id, path: 'archive/{name}/{filename}' }],
        options: { bandwidth: '4M' },
      },
    })
    const { id } = await runTemplate({ ctx: ctx.operator, id: template.id, input: {} })
    await whenMoving(database, id)
    const there = await plant(join(server.folder, 'archive/big'), { 'other.bin.0123abcd.partial': 'x' })
    await eventually('a part is there', () => readdirSync(there).length === 2)
    const [rclone] = holdersOf(folder)
    process.kill(rclone!, 'SIGKILL')
    // Looked at in that moment: the next attempt has one of its own.
    let left: string[] = []
    await whenJob(database, id, 'it waits for its next attempt', ({ state }) => {
      left = readdirSync(there)
      return state === 'retrying'
    })
    expect(left).toEqual(['other.bin.0123abcd.partial'])
    await cancelJob({ ctx: ctx.operator, id })
    expect(await messagesOf(warehouse, id)).toContain('Removed 1 partial files that rclone left.')
  },
)
