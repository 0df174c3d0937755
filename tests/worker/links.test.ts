import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const outside = await tempFolder(afterAll)

beforeAll(async () => {
  await plant(outside, { 'secret.txt': 'secret', 'deep/secret.txt': 'deeper' })
})

const untouched = { 'secret.txt': 'secret', 'deep/secret.txt': 'deeper' }

function link(target: string, path: string): void {
  mkdirSync(join(path, '..'), { recursive: true })
  symlinkSync(target, path)
}

describe('a link out of the allowed folders', () => {
  test.each(['copy', 'move', 'sync'] as const)('as the source of a %s is refused', async (operation) => {
    const name = `source-${operation}`
    link(outside, join(depot.in, name))
    const job = await depot.run({ operation, from: name, to: name })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'outside_roots', attempt: 1 })
    expect(treeOf(depot.out)).not.toHaveProperty(`${name}/secret.txt`)
    expect(treeOf(outside)).toEqual(untouched)
  })

  test('above the source is refused', async () => {
    link(outside, join(depot.in, 'above'))
    const job = await depot.run({ operation: 'copy', from: 'above/deep', to: 'above' })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'outside_roots' })
  })

  test.each(['copy', 'sync'] as const)('as the destination of a %s is refused', async (operation) => {
    const name = `destination-${operation}`
    await plant(join(depot.in, name), { 'a.txt': 'a' })
    link(outside, join(depot.out, name))
    for (const to of [name, `${name}/deep`, `${name}/new/folder`]) {
      const job = await depot.run({ operation, from: name, to })
      expect(job).toMatchObject({ state: 'failed', errorCause: 'outside_roots' })
    }
    expect(treeOf(outside)).toEqual(untouched)
  })

  test.each(['copy', 'move', 'sync'] as const)(
    'as a folder in the destination of a %s is refused',
    async (operation) => {
      const name = `below-${operation}`
      await plant(join(depot.in, name), { 'sub/folder/a.txt': 'a' })
      link(outside, join(depot.out, name, 'sub/folder'))
      const job = await depot.run({ operation, from: name, to: name })
      expect(job).toMatchObject({ state: 'failed', errorCause: 'outside_roots' })
      expect(job.errorMessage).toContain('sub/folder')
      expect(treeOf(outside)).toEqual(untouched)
      expect(treeOf(join(depot.in, name))).toEqual({ 'sub/folder/a.txt': 'a' })
    },
  )

  test('to nowhere is refused as a destination', async () => {
    await plant(join(depot.in, 'dangling'), { 'a.txt': 'a' })
    link(join(outside, 'not-yet'), join(depot.out, 'dangling'))
    const job = await depot.run({ operation: 'copy', from: 'dangling', to: 'dangling' })
    expect(job.state).toBe('failed')
    expect(treeOf(outside)).toEqual(untouched)
  })

  test('in the place of an endpoint’s own root is refused', async () => {
    link(outside, join(depot.root, 'linked-root'))
    const endpoint = await createEndpoint({
      ctx: depot.ctx.owner,
      input: { name: 'linked', type: 'local', path: join(depot.root, 'linked-root') },
    })
    const job = await createJob({
      ctx: depot.ctx.owner,
      input: {
        operation: 'copy',
        source: { endpointId: endpoint.id },
        destination: { endpointId: depot.destination.id, path: 'linked' },
      },
    })
    expect(await whenEnded(depot.database, job.id)).toMatchObject({
      state: 'failed',
      errorCause: 'outside_roots',
    })
    expect(treeOf(depot.out)).not.toHaveProperty('linked/secret.txt')
  })
})

test('links in a source are passed over and counted; what they point to is not read', async () => {
  const source = join(depot.in, 'inner')
  await plant(source, { 'a.txt': 'a' })
  symlinkSync(join(outside, 'secret.txt'), join(source, 'file-link'))
  symlinkSync(outside, join(source, 'folder-link'))
  symlinkSync('a.txt', join(source, 'own-link'))
  const job = await depot.run({ operation: 'copy', from: 'inner', to: 'inner' })
  expect(job).toMatchObject({ state: 'completed', files: 1, skippedFiles: 3 })
  expect(treeOf(join(depot.out, 'inner'))).toEqual({ 'a.txt': 'a' })
})

test('a file that is a link at the destination is replaced, not written through', async () => {
  const target = join(outside, 'secret.txt')
  await plant(join(depot.in, 'through'), { 'a.txt': 'new content' })
  link(target, join(depot.out, 'through', 'a.txt'))
  await depot.run({ operation: 'copy', from: 'through', to: 'through' })
  expect(treeOf(outside)).toEqual(untouched)
})

test('a folder that moved out while the endpoint stands is refused when it is a link now', async () => {
  await plant(join(depot.in, 'swap'), { 'a.txt': 'a' })
  expect(await depot.run({ from: 'swap', to: 'swap' })).toMatchObject({ state: 'completed' })
  writeFileSync(join(depot.in, 'swap', 'b.txt'), 'b')
  renameSync(join(depot.out, 'swap'), join(depot.out, 'swapped'))
  symlinkSync(outside, join(depot.out, 'swap'))
  expect(await depot.run({ from: 'swap', to: 'swap' })).toMatchObject({
    state: 'failed',
    errorCause: 'outside_roots',
  })
  expect(treeOf(outside)).toEqual(untouched)
})
