import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { type Cargo, plantCargo } from '#tests/support/cargo.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { startFtp } from '#tests/support/servers/ftp.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { openWarehouse, type Warehouse } from '#tests/support/warehouse.ts'

// There and back again through each further kind, wrapping ones too: the tree that comes back is the one that went.

const names = [
  ...(['ftp', 'webdav', 'crypt-sftp', 'crypt-local', 'alias', 'union', 'combine', 'chunker'] as const),
  ...(['compress', 'hasher'] as const),
]
type Name = (typeof names)[number]

describe.skipIf(cannotRun('ssh', 'ftp'))('there and back', () => {
  let warehouse: Warehouse
  let cargo: Cargo
  let origin: Endpoint
  let ends: Record<Name, Endpoint>

  beforeAll(async () => {
    warehouse = await openWarehouse()
    cargo = await plantCargo(join(warehouse.root, 'origin'), { large: false, longest: 140 })
    origin = await warehouse.endpoint('origin', { type: 'local', path: cargo.folder, settings: {} })
    const folder = async (name: string) => {
      const path = await plant(join(warehouse.root, name), {})
      return warehouse.endpoint(name, { type: 'local', path, settings: {} })
    }
    const sftp = await warehouse.endpoint('sftp', await startSsh(afterAll))
    const [base, first, second] = [await folder('base'), await folder('first'), await folder('second')]
    const over = (name: Name, type: string, settings: Record<string, string>) =>
      warehouse.endpoint(name, { type, path: '', settings })
    const secret = { password: 'a long secret', password2: 'a salt' }
    ends = {
      ftp: await warehouse.endpoint('ftp', await startFtp(afterAll)),
      webdav: await warehouse.endpoint('webdav', await startWebdav(afterAll, inject('rclone'))),
      'crypt-sftp': await over('crypt-sftp', 'crypt', { remote: `endpoint:${sftp.id}/safe`, ...secret }),
      'crypt-local': await over('crypt-local', 'crypt', { remote: `endpoint:${base.id}/safe`, ...secret }),
      alias: await over('alias', 'alias', { remote: `endpoint:${base.id}/with blank` }),
      union: await over('union', 'union', { upstreams: `endpoint:${first.id}\nendpoint:${second.id}` }),
      combine: await over('combine', 'combine', {
        upstreams: `one=endpoint:${first.id}/c\ntwo=endpoint:${sftp.id}`,
      }),
      chunker: await over('chunker', 'chunker', { remote: `endpoint:${base.id}/chunks`, chunk_size: '10B' }),
      compress: await over('compress', 'compress', { remote: `endpoint:${base.id}/packed` }),
      hasher: await over('hasher', 'hasher', { remote: `endpoint:${base.id}/summed` }),
    }
  })

  test.concurrent.each(names)('%s', async (name) => {
    const path = name === 'combine' ? 'two/to' : 'to'
    const there = await warehouse.run({ from: [origin, ''], to: [ends[name], path] })
    const failed = (await warehouse.files(there.id)).filter(({ state }) => state !== 'completed')
    expect([there.errorMessage, failed]).toEqual([null, []])
    expect(there).toMatchObject({ state: 'completed', files: cargo.count })
    const sizes = (await warehouse.files(there.id)).map(({ size }) => size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(cargo.bytes)
    // Encrypted files are longer by a head and a sum for each block, and are told as long as they were.
    expect(there.bytes).toBe(cargo.bytes)
    const folder = await plant(join(warehouse.root, `back from ${name}`), {})
    const back = await warehouse.endpoint(`back from ${name}`, { type: 'local', path: folder, settings: {} })
    const home = await warehouse.run({ from: [ends[name], path], to: [back, ''] })
    expect(home.errorMessage).toBeNull()
    expect(home).toMatchObject({ state: 'completed', files: cargo.count, bytes: cargo.bytes })
    expect(treeOf(folder)).toEqual(treeOf(cargo.folder))
    // What is there already is counted, and moves nothing.
    const again = await warehouse.run({ from: [origin, ''], to: [ends[name], path] })
    expect(again).toMatchObject({ state: 'completed', files: 0, unchangedFiles: cargo.count })
  })
})
