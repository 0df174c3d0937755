import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'

// rclone compares two paths by their text; what is one folder by two names it would move onto itself and delete.

const depot = await openDepot()
await depot.worker(afterAll)
const operations = ['copy', 'move', 'sync'] as const
const files = { 'a.txt': 'a', 'sub/b.txt': 'b', 'beside.txt': 'beside' }
const overlap = { state: 'failed', errorCause: 'overlap', attempt: 1 }

describe.each(operations)('a %s', (operation) => {
  const data = (name: string) => plant(join(depot.in, `${operation}-${name}`), files)

  test('onto a link to its own source is refused, and touches nothing', async () => {
    const folder = await data('link')
    symlinkSync(folder, join(depot.out, `${operation}-link`))
    const order = { operation, from: `${operation}-link`, to: `${operation}-link` }
    expect(await depot.run(order)).toMatchObject(overlap)
    expect(treeOf(folder)).toEqual(files)
  })

  test('of a file into its own folder by a link is refused', async () => {
    const folder = await data('file')
    symlinkSync(folder, join(depot.out, `${operation}-file`))
    const order = { operation, from: `${operation}-file/a.txt`, to: `${operation}-file` }
    expect(await depot.run(order)).toMatchObject(overlap)
    expect(treeOf(folder)).toEqual(files)
  })

  test('into a folder of its source, by a link, is refused', async () => {
    const folder = await data('inside')
    symlinkSync(join(folder, 'sub'), join(depot.out, `${operation}-inside`))
    const order = { operation, from: `${operation}-inside`, to: `${operation}-inside/new` }
    expect(await depot.run(order)).toMatchObject(overlap)
    expect(treeOf(folder)).toEqual(files)
  })

  test('into a folder that holds a link into the source is refused', async () => {
    const folder = await data('below')
    const destination = join(depot.out, `${operation}-below`)
    mkdirSync(destination)
    symlinkSync(join(folder, 'sub'), join(destination, 'sub'))
    const order = { operation, from: `${operation}-below`, to: `${operation}-below` }
    expect(await depot.run(order)).toMatchObject({ state: 'failed', errorCause: 'outside_roots' })
    expect(treeOf(folder)).toEqual(files)
  })

  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'onto its own source mounted elsewhere is refused',
    async () => {
      const folder = await data('mount')
      const mounted = join(depot.out, `${operation}-mount`)
      mkdirSync(mounted)
      execFileSync('mount', ['--bind', folder, mounted])
      onTestFinished(() => void execFileSync('umount', [mounted]))
      const order = { operation, from: `${operation}-mount`, to: `${operation}-mount` }
      expect(await depot.run(order)).toMatchObject(overlap)
      expect(treeOf(folder)).toEqual(files)
    },
  )
})

test('a sync of a folder into the one above it, by a link, is refused', async () => {
  const folder = await plant(join(depot.in, 'above'), files)
  symlinkSync(folder, join(depot.out, 'above'))
  const order = { operation: 'sync', from: 'above/sub', to: 'above' } as const
  expect(await depot.run(order)).toMatchObject(overlap)
  expect(treeOf(folder)).toEqual(files)
})

test('a copy by a link to another folder is none of this', async () => {
  await plant(join(depot.in, 'plain'), files)
  const elsewhere = await plant(join(depot.out, 'elsewhere'), {})
  symlinkSync(elsewhere, join(depot.out, 'plain'))
  expect(await depot.run({ from: 'plain', to: 'plain' })).toMatchObject({ state: 'completed', files: 3 })
  expect(treeOf(elsewhere)).toEqual(files)
})
