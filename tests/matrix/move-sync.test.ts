import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openWarehouse, type Shelf, type Warehouse } from '#tests/support/warehouse.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'

// Moves and syncs with storages elsewhere: what is told of them is what they did. Cancels and limits on each.

const kinds = ['sftp', 's3', 'smb'] as const
type Kind = (typeof kinds)[number]
const MiB = 1024 * 1024

describe.skipIf(cannotRun('ssh', 'samba'))('with storages elsewhere', () => {
  let warehouse: Warehouse
  let shelves: Record<Kind, Shelf>
  let ends: Record<Kind, Endpoint>
  let home: Endpoint

  beforeAll(async () => {
    warehouse = await openWarehouse()
    shelves = {
      sftp: await startSsh(afterAll),
      s3: await startS3(afterAll, { backend: 'fauxqs' }),
      smb: await startSamba(afterAll),
    }
    const made = await Promise.all(kinds.map((kind) => warehouse.endpoint(kind, shelves[kind])))
    ends = Object.fromEntries(made.map((one, at) => [kinds[at], one])) as typeof ends
    home = await warehouse.endpoint('home', { type: 'local', path: warehouse.root, settings: {} })
  })

  const rowsOf = async (id: string) =>
    (await warehouse.files(id)).map(({ path, action, size, state }) => `${state} ${action} ${path} ${size}`)

  test.concurrent.each(kinds)(
    'a sync to %s copies, replaces, deletes, and leaves what is the same',
    async (kind) => {
      const folder = await plant(join(warehouse.root, `sync ${kind}`), {
        ...{
          'same.txt': 'same',
          'sub/changed.txt': 'old',
          'sub/gone.txt': 'gone',
          'old/gone too.txt': 'gone',
        },
      })
      const order = {
        ...{ operation: 'sync', from: [home, `sync ${kind}`], to: [ends[kind], 'synced'] },
      } satisfies Parameters<Warehouse['run']>[0]
      expect(await warehouse.run({ ...order })).toMatchObject({ state: 'completed', files: 4 })
      await plant(folder, { 'sub/changed.txt': 'new and longer', 'sub/new.txt': 'new' })
      // Long ago, so that it is no matter of how exactly a storage keeps times.
      utimesSync(join(folder, 'sub/new.txt'), 1e9, 1e9)
      const { rm } = await import('node:fs/promises')
      await rm(join(folder, 'sub/gone.txt'))
      await rm(join(folder, 'old'), { recursive: true })
      const job = await warehouse.run({ ...order })
      expect(job).toMatchObject({
        state: 'completed',
        files: 2,
        bytes: 17,
        unchangedFiles: 1,
        failedFiles: 0,
      })
      expect(await rowsOf(job.id)).toEqual([
        'completed deleted old/gone too.txt 0',
        'completed replaced sub/changed.txt 14',
        'completed deleted sub/gone.txt 0',
        'completed copied sub/new.txt 3',
      ])
      expect(await warehouse.differences(folder, shelves[kind], 'synced', { download: true })).toEqual([])
      expect(await warehouse.run({ ...order })).toMatchObject({ files: 0, unchangedFiles: 3 })
    },
  )

  test.concurrent.each(kinds)('a sync from an empty folder of %s deletes nothing', async (kind) => {
    const folder = await plant(join(warehouse.root, `kept ${kind}`), { 'a.txt': 'a' })
    const job = await warehouse.run({
      ...{ operation: 'sync', from: [ends[kind], 'nothing here'], to: [home, `kept ${kind}`] },
    })
    expect(job.state).toBe('failed')
    expect(['source_empty', 'source_missing']).toContain(job.errorCause)
    expect(treeOf(folder)).toEqual({ 'a.txt': 'a' })
  })

  test.concurrent.each(kinds)('a move to %s, inside it, and back takes each file along', async (kind) => {
    const tree = { 'a.txt': 'a', 'deep/er/b.txt': 'bb', 'there.txt': 'there' }
    const folder = await plant(join(warehouse.root, `move ${kind}`), tree)
    const rows = ['completed moved a.txt 1', 'completed moved deep/er/b.txt 2', 'completed moved there.txt 5']
    const there = await warehouse.run({
      ...{ operation: 'move', from: [home, `move ${kind}`], to: [ends[kind], 'moved'] },
    })
    expect(there.errorMessage).toBeNull()
    expect(there).toMatchObject({ state: 'completed', files: 3, bytes: 8 })
    expect(await rowsOf(there.id)).toEqual(rows)
    expect(treeOf(folder)).toEqual({})
    const inside = await warehouse.run({
      ...{ operation: 'move', from: [ends[kind], 'moved'], to: [ends[kind], 'moved on'] },
    })
    expect(inside.errorMessage).toBeNull()
    expect(inside).toMatchObject({ state: 'completed', files: 3 })
    expect((await rowsOf(inside.id)).map((row) => row.replace(/ \d+$/, ''))).toEqual(
      rows.map((row) => row.replace(/ \d+$/, '')),
    )
    expect(await warehouse.listed(shelves[kind], 'moved on')).toEqual({
      ...{ 'a.txt': 1, 'deep/er/b.txt': 2, 'there.txt': 5 },
    })
    const back = await warehouse.run({
      ...{ operation: 'move', from: [ends[kind], 'moved on'], to: [home, `back ${kind}`] },
    })
    expect(back.errorMessage).toBeNull()
    expect(back).toMatchObject({ state: 'completed', files: 3, bytes: 8 })
    expect(treeOf(join(warehouse.root, `back ${kind}`))).toEqual(tree)
    const one = await warehouse.run({
      ...{ operation: 'move', from: [home, `back ${kind}/a.txt`], to: [ends[kind], 'one'] },
    })
    expect(one).toMatchObject({ state: 'completed', files: 1, bytes: 1 })
    expect(await warehouse.listed(shelves[kind], 'one')).toEqual({ 'a.txt': 1 })
  })

  test.concurrent.each(kinds)('a cancel on %s ends within seconds and leaves nothing half', async (kind) => {
    await plantLarge(join(warehouse.root, `large ${kind}`, 'big.bin'), 40 * MiB)
    const order = { from: [home, `large ${kind}`], to: [ends[kind], 'cancelled'] } satisfies Parameters<
      Warehouse['run']
    >[0]
    const job = await warehouse.begin({ ...order, options: { bandwidth: '1M' } })
    await whenMoving(warehouse.database, job.id)
    const asked = performance.now()
    await cancelJob({ ctx: warehouse.ctx.operator, id: job.id })
    const ended = await whenEnded(warehouse.database, job.id)
    expect(ended.state).toBe('cancelled')
    expect(performance.now() - asked).toBeLessThan(25_000)
    // A bucket without any file in it has no such folder.
    expect(
      Object.keys(await warehouse.listed(shelves[kind], '')).filter((path) => path.includes('big')),
    ).toEqual([])
  })

  test.concurrent('a limit is kept on SFTP', async () => {
    await plantLarge(join(warehouse.root, 'limited', 'big.bin'), 60 * MiB)
    // From before its start: what a busy machine delays makes the rate smaller, never larger.
    const began = performance.now()
    const job = await warehouse.begin({
      ...{ from: [home, 'limited'], to: [ends.sftp, 'limited'], options: { bandwidth: '2M' } },
    })
    const later = await whenJob(
      ...([warehouse.database, job.id, 'more has moved'] as const),
      ({ bytes }) => bytes > 8 * MiB,
    )
    const rate = later.bytes / ((performance.now() - began) / 1000)
    expect(rate).toBeLessThan(4 * MiB)
    await cancelJob({ ctx: warehouse.ctx.operator, id: job.id })
    await whenEnded(warehouse.database, job.id)
  })
})
