import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { type Cargo, plantCargo } from '#tests/support/cargo.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { folderShelf, openWarehouse, type Shelf, type Warehouse } from '#tests/support/warehouse.ts'

// Each storage to each: small, empty, large and oddly named files, through a real worker, read back through rclone.

const kinds = ['local', 's3', 'sftp', 'smb'] as const
type Kind = (typeof kinds)[number]

/** With two processors and other work beside it. */
const WITHIN_MS = 300_000

describe.skipIf(cannotRun('ssh', 'samba'))('sixteen pairs', () => {
  let warehouse: Warehouse
  let cargo: Cargo
  let shelves: Record<Kind, Shelf>
  let endpoints: Record<Kind, Endpoint>
  let origin: Endpoint

  beforeAll(async () => {
    warehouse = await openWarehouse()
    cargo = await plantCargo(join(warehouse.root, 'origin'), { large: true })
    shelves = {
      local: await folderShelf(warehouse, 'local'),
      s3: await startS3(afterAll, { backend: 'fauxqs' }),
      sftp: await startSsh(afterAll),
      smb: await startSamba(afterAll),
    }
    const made = await Promise.all(kinds.map((kind) => warehouse.endpoint(kind, shelves[kind])))
    endpoints = Object.fromEntries(made.map((one, at) => [kinds[at], one])) as typeof endpoints
    origin = await warehouse.endpoint('origin', { type: 'local', path: cargo.folder, settings: {} })
  }, WITHIN_MS)

  async function carry(source: [Endpoint, string], kind: Kind, path: string): Promise<void> {
    const job = await warehouse.run({ from: source, to: [endpoints[kind], path] }, WITHIN_MS)
    const rows = await warehouse.files(job.id)
    expect(rows.filter(({ state }) => state !== 'completed')).toEqual([])
    expect([job.errorCause, job.errorMessage]).toEqual([null, null])
    expect(job).toMatchObject({ state: 'completed', attempt: 1, failedFiles: 0, unchangedFiles: 0 })
    expect(job).toMatchObject({ files: cargo.count, bytes: cargo.bytes, totalFiles: cargo.count })
    // By what the storage sends back where its hash is one that rclone gave it, or where it has none.
    const download = kind === 'smb' || kind === 's3'
    expect(await warehouse.differences(cargo.folder, shelves[kind], path, { download })).toEqual([])
    expect(await warehouse.listed(shelves[kind], path)).toEqual(cargo.sizes)
  }

  describe.sequential('', () => {
    test.concurrent.each(kinds)(
      'local to %s',
      async (kind) => carry([origin, ''], kind, 'from local'),
      WITHIN_MS,
    )
  })

  const others = kinds.filter((kind) => kind !== 'local')
  describe.each(others)('from %s', (from) => {
    test.concurrent.each(kinds)(
      `${from} to %s`,
      async (to) => carry([endpoints[from], 'from local'], to, `from ${from}`),
      WITHIN_MS,
    )
  })
})
