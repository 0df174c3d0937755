import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { list } from '#workers/rclone/list.ts'
import { listFiles } from '#workers/rclone/places.ts'
import { storageOf } from '#workers/rclone/remote.ts'
import { removeRemotePartials } from '#workers/transfer/remote-leftovers.ts'
import { DEPTH, startSlowWebdav } from '../support/servers/slow-webdav.ts'
import { local, openSides, openSlot } from '../support/slots.ts'

const slot = await openSlot(afterAll)

test('a listing that takes long shows that it moves', async () => {
  const { place } = await startSlowWebdav(onTestFinished)
  let steps = 0
  const files = await listFiles(slot, place, () => {
    steps += 1
  })
  expect(files).toHaveLength(DEPTH + 1)
  expect(steps).toBeGreaterThanOrEqual(2)
})

test('it is given up where nobody wants it any more, and its rclone serves nobody else', async () => {
  const own = await openSlot(onTestFinished)
  const { place, asked } = await startSlowWebdav(onTestFinished)
  const given = listFiles(own, place, () => {
    throw new Error('enough')
  })
  await expect(given).rejects.toMatchObject({ status: 0 })
  expect(asked()).toBeLessThan(DEPTH)
  expect(own.worn).toBe(true)
})

test('it leaves no statistics behind, however it ends', async () => {
  const sides = await openSides({ 'a.txt': 'a' })
  await mkdir(join(sides.in, 'sub'))
  const opt = { noMimeType: true }
  const names = await list(slot, { fs: storageOf(sides.source), opt }, {})
  expect(names.map(({ Name }) => Name).sort()).toEqual(['a.txt', 'sub'])
  await expect(list(slot, { fs: storageOf(local(sides.in, 'none')), opt }, {})).rejects.toMatchObject({
    status: 404,
  })
  const { groups } = await slot.call<{ groups: string[] | null }>('core/group-list')
  expect((groups ?? []).filter((name) => name.startsWith('list-'))).toEqual([])
})

test('a storage that shows a file only when it is whole is not looked through for parts of one', async () => {
  const { place, asked } = await startSlowWebdav(onTestFinished)
  const sides = await openSides({ 'a.txt': 'a' })
  const meaning = { sourceIsFile: false, pairs: null, step: () => {} }
  expect(await removeRemotePartials(slot, sides.source, place, meaning)).toEqual({ removed: 0, moving: 0 })
  expect(asked()).toBe(0)
})
