import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openWarehouse, type Warehouse } from '#tests/support/warehouse.ts'
import { whenEnded } from '#tests/support/when.ts'

// One folder by two endpoints. rclone finds each file of a move "already there" and deletes it: all would be lost.

const files = { 'a.txt': 'a', 'sub/b.txt': 'b', 'beside.txt': 'beside' }
const refused = { kind: 'invalid', issues: [{ path: 'destination.path' }] }

describe.skipIf(cannotRun('ssh', 'samba'))(
  'a move between two endpoints of one folder touches nothing',
  () => {
    let warehouse: Warehouse
    let names = 0
    beforeAll(async () => {
      warehouse = await openWarehouse()
    })
    const end = (type: string, path: string, settings: Record<string, string>): Promise<Endpoint> => {
      names += 1
      return warehouse.endpoint(`end ${names}`, { type, path, settings })
    }
    const move = (from: Endpoint, to: Endpoint, below = '', below2 = below) =>
      warehouse.run({ operation: 'move', from: [from, below], to: [to, below2] })
    const overlap = { state: 'failed', errorCause: 'overlap', attempt: 1, files: 0 }

    test('SFTP: refused by the settings, and by trial where they do not tell', async () => {
      const server = await startSsh(onTestFinished)
      await plant(server.folder, files)
      const one = await end('sftp', '', server.settings)
      await expect(move(one, await end('sftp', '', server.settings))).rejects.toMatchObject(refused)
      // By another name of the machine, from the root instead of the home, by another root.
      const named = await end('sftp', '', { ...server.settings, host: 'localhost' })
      const absolute = await end('sftp', server.folder, server.settings)
      for (const other of [named, absolute]) {
        expect(await move(one, other)).toMatchObject(overlap)
        expect(await move(other, one)).toMatchObject(overlap)
        expect(await move(one, other, 'sub')).toMatchObject(overlap)
        expect(await move(one, other, 'a.txt', '')).toMatchObject(overlap)
      }
      expect(treeOf(server.folder)).toEqual(files)
    })

    test('SMB: by another name of the machine, by another share, and the folder behind it', async () => {
      const folder = await plant(join(warehouse.root, 'shared'), files)
      const server = await startSamba(onTestFinished, { folder })
      const one = await end('smb', server.path, server.settings)
      const upper = await end('smb', server.path.toUpperCase(), server.settings)
      await expect(move(one, upper)).rejects.toMatchObject(refused)
      const named = await end('smb', server.path, { ...server.settings, host: 'localhost' })
      const behind = await end('local', folder, {})
      for (const other of [named, behind]) {
        expect(await move(one, other)).toMatchObject(overlap)
        expect(await move(other, one)).toMatchObject(overlap)
        expect(await move(other, one, 'a.txt', '')).toMatchObject(overlap)
      }
      expect(treeOf(folder)).toEqual(files)
    })

    test('S3: one bucket by two endpoints, and by another name of the machine', async () => {
      const server = await startS3(onTestFinished, { backend: 'fauxqs' })
      const origin = await end('local', await plant(join(warehouse.root, 'origin'), files), {})
      const one = await end('s3', server.path, server.settings)
      await warehouse.run({ from: [origin, ''], to: [one, ''] })
      await expect(move(one, await end('s3', server.path, server.settings))).rejects.toMatchObject(refused)
      const endpoint = server.settings.endpoint!.replace('127.0.0.1', 'localhost')
      const named = await end('s3', server.path, { ...server.settings, endpoint })
      expect(await move(one, named)).toMatchObject(overlap)
      expect(await warehouse.listed(server, '')).toEqual({ 'a.txt': 1, 'sub/b.txt': 1, 'beside.txt': 6 })
    })

    test('what an endpoint lies over', async () => {
      const folder = await plant(join(warehouse.root, 'under'), files)
      const base = await end('local', folder, {})
      const alias = await end('alias', '', { remote: `endpoint:${base.id}` })
      const union = await end('union', '', { upstreams: `endpoint:${alias.id}\nendpoint:${base.id}/other` })
      const crypt = await end('crypt', '', { remote: `endpoint:${alias.id}/sub`, password: 'secret' })
      for (const [from, to] of [
        [alias, base],
        [base, alias],
        [union, base],
        [alias, union],
        [crypt, alias],
      ] as const) {
        const operation = from === crypt ? 'sync' : 'move'
        const job = warehouse.run({ operation, from: [from, ''], to: [to, ''] })
        await expect(job).rejects.toMatchObject(refused)
      }
      expect(treeOf(folder)).toEqual(files)
    })

    test('an endpoint that was changed while its job waited is looked at again', async () => {
      const server = await startSsh(onTestFinished)
      await plant(server.folder, files)
      const one = await end('sftp', '', server.settings)
      const two = await end('sftp', 'elsewhere', server.settings)
      await warehouse.worker.end('SIGTERM')
      const job = await warehouse.begin({ operation: 'move', from: [one, 'sub'], to: [two, ''] })
      await updateEndpoint({ ctx: warehouse.ctx.owner, id: two.id, input: { path: 'sub' } })
      await warehouse.another()
      expect(await whenEnded(warehouse.database, job.id)).toMatchObject(overlap)
      expect(treeOf(server.folder)).toEqual(files)
    })

    test('two folders that are two are moved, whatever lies at both', async () => {
      const server = await startSsh(onTestFinished)
      await plant(join(server.folder, 'in'), files)
      await plant(join(server.folder, 'out'), { 'a.txt': 'another', 'sub/other.txt': 'o' })
      const one = await end('sftp', 'in', server.settings)
      const two = await end('sftp', 'out', { ...server.settings, host: 'localhost' })
      const job = await move(one, two)
      expect(job).toMatchObject({ state: 'completed', files: 3, bytes: 8 })
      // The small file that was written to find out is none of the job's.
      expect((await warehouse.files(job.id)).map(({ path, action }) => `${action} ${path}`)).toEqual(
        Object.keys(files)
          .map((path) => `moved ${path}`)
          .sort(),
      )
      expect(treeOf(join(server.folder, 'out'))).toEqual({ ...files, 'sub/other.txt': 'o' })
      expect(treeOf(join(server.folder, 'in'))).toEqual({})
    })
  },
)
