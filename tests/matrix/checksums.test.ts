import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { testEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { folderShelf, openWarehouse, type Warehouse } from '#tests/support/warehouse.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'
import { forgetChecksums } from '#workers/maintenance/checksums.ts'
import { Checksums } from '#workers/transfer/checksums.ts'

// Encrypted files have no checksums: `hasher` over them remembers those of what it wrote.

const files = { 'a.txt': 'a'.repeat(10_000), 'sub/b.txt': 'b'.repeat(10_000) }
const later = new Date('2026-11-05T12:00:00Z')

let warehouse: Warehouse
let origin: Endpoint
let safe: Endpoint
let known: Endpoint

beforeAll(async () => {
  warehouse = await openWarehouse()
  origin = await warehouse.endpoint('origin', await folderShelf(warehouse, 'origin'))
  await plant(origin.path, files)
  const base = await warehouse.endpoint('base', await folderShelf(warehouse, 'base'))
  const over = (name: string, type: string, settings: Record<string, string>) =>
    warehouse.endpoint(name, { type, path: '', settings })
  safe = await over('safe', 'crypt', { remote: `endpoint:${base.id}`, password: 'a long secret' })
  const alias = await over('alias', 'alias', { remote: `endpoint:${safe.id}/deep` })
  known = await over('known', 'hasher', { remote: `endpoint:${alias.id}`, hashes: 'md5', max_age: '30d' })
})

test('checksums of two transfers at once outlast them, and a worker that is killed', async () => {
  const { database } = warehouse
  const ctx = { ...warehouse.ctx.operator, ask: asker(database.db, new LiveHub(database.sql)) }
  const { id } = known
  expect(await testEndpoint({ ctx, id, input: { write: true } })).toMatchObject({ ok: true })
  const options = { bandwidth: '1K' }
  const slow = await warehouse.begin({ from: [origin, ''], to: [known, 'slow'], options })
  await whenMoving(database, slow.id)
  const beside = await warehouse.run({ from: [origin, ''], to: [known, 'beside'] })
  expect([beside.errorMessage, beside.state, beside.files]).toEqual([null, 'completed', 2])
  const { items } = await browseEndpoint({ ctx, id, input: { path: 'beside' } })
  expect(items.map(({ name }) => name)).toEqual(['sub', 'a.txt'])
  await updateJob({ ctx, id: slow.id, input: { bandwidth: 'off' } })
  expect(await whenEnded(database, slow.id)).toMatchObject({ state: 'completed', files: 2 })

  await warehouse.worker.end('SIGKILL')
  await warehouse.another({ env: { FILE_ORBIT_DATA_DIR: warehouse.worker.dataDir } })
  // Another time of the same content: what has no checksum is copied again.
  for (const name of Object.keys(files)) await utimes(join(origin.path, name), later, later)
  const plain = await warehouse.run({ from: [origin, ''], to: [safe, 'deep/beside'] })
  expect([plain.state, plain.files]).toEqual(['completed', 2])
  const again = await warehouse.run({ from: [origin, ''], to: [known, 'slow'] })
  expect([again.errorMessage, again.state, again.files]).toEqual([null, 'completed', 0])

  const back = await warehouse.endpoint('back', await folderShelf(warehouse, 'back'))
  await warehouse.run({ from: [known, 'slow'], to: [back, ''] })
  expect(treeOf(back.path)).toEqual(treeOf(origin.path))
})

test('checksums go with the endpoint that they are of', async () => {
  const { ctx, database } = warehouse
  const kept = new Checksums(warehouse.worker.dataDir)
  // What is seen through the alias is what they are of.
  expect(await kept.bases()).toEqual([safe.id])
  await forgetChecksums(ctx.system, kept)
  expect(await kept.bases()).toEqual([safe.id])
  await database.db.update(endpoints).set({ deletedAt: new Date() }).where(eq(endpoints.id, safe.id))
  await forgetChecksums(ctx.system, kept)
  expect(await kept.bases()).toEqual([])
})
