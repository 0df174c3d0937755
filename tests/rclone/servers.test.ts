import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { gone, isRunning } from '../start/processes.ts'
import { plant, tempFolder, treeOf } from '../support/files.ts'
import { startFtp } from '../support/servers/ftp.ts'
import { cannotRun } from '../support/servers/needs.ts'
import { storageAt } from '../support/servers/rclone.ts'
import { hasMoto, startS3 } from '../support/servers/s3.ts'
import { startSamba } from '../support/servers/samba.ts'
import { startSsh } from '../support/servers/ssh.ts'
import type { Storage } from '../support/servers/types.ts'
import { startWebdav } from '../support/servers/webdav.ts'
import { openSlot } from '../support/slots.ts'

const OWNER = fileURLToPath(new URL('fixtures/servers-owner.ts', import.meta.url))
const MiB = 1024 * 1024
const slot = await openSlot(afterAll)

/** Small, empty, of several parts, oddly named, deep. */
const files = {
  'small.txt': 'small',
  empty: '',
  'several-parts.bin': randomBytes(20 * MiB),
  'Ünïcode ☃ 日本/ä b.txt': 'unicode',
  'a/b/c/d/deep.txt': 'deep',
}

/** Carries a tree there and back, compares by hash where the kind has one, and takes it away again. */
async function fillAndEmpty(server: Pick<Storage, 'type' | 'settings'>, path: string, hash: string | null) {
  const folder = await tempFolder(onTestFinished)
  const there = { type: 'local', _root: await plant(join(folder, 'in'), files) }
  const back = { type: 'local', _root: join(folder, 'back') }
  const fs = await storageAt(slot, server, path)
  const patient = { timeoutMs: 60_000 }
  await slot.call('sync/copy', { srcFs: there, dstFs: fs }, patient)
  const listed = await slot.call<{ list: { Path: string; Size: number; IsDir: boolean }[] }>(
    'operations/list',
    {
      ...{ fs, remote: '', opt: { recurse: true } },
    },
  )
  const sizes = listed.list.flatMap(({ Path, Size, IsDir }) => (IsDir ? [] : [[Path, Size]]))
  expect(Object.fromEntries(sizes)).toEqual(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.byteLength(content)])),
  )
  const checked = await slot.call<{ success: boolean; hashType: string }>(
    'operations/check',
    { srcFs: there, dstFs: fs },
    patient,
  )
  expect(checked).toMatchObject({ success: true, hashType: hash ?? 'none' })
  await slot.call('sync/copy', { srcFs: fs, dstFs: back }, patient)
  expect(treeOf(back._root)).toEqual(treeOf(there._root))
  await slot.call('operations/delete', { fs }, patient)
  const left = await slot.call<typeof listed>('operations/list', { fs, remote: '', opt: { recurse: true } })
  expect(left.list.filter(({ IsDir }) => !IsDir)).toEqual([])
}

describe.skipIf(cannotRun('ssh'))('OpenSSH', () => {
  test('by password', async () => {
    const server = await startSsh(onTestFinished)
    await fillAndEmpty(server, server.path, 'md5')
  })

  test('by key, by a key with a passphrase', async () => {
    const server = await startSsh(onTestFinished)
    await fillAndEmpty({ type: 'sftp', settings: server.keySettings }, 'plain', 'md5')
    await fillAndEmpty({ type: 'sftp', settings: server.encryptedKeySettings }, 'encrypted', 'md5')
  })

  test('away, back on its port, then with another host key', async () => {
    const server = await startSsh(onTestFinished)
    const list = async (settings: Record<string, string>) =>
      slot.call('operations/list', {
        ...{
          fs: await storageAt(slot, { type: 'sftp', settings }),
          remote: '',
          _config: { LowLevelRetries: 1 },
        },
      })
    const first = server.settings
    await list(first)
    await server.stop()
    await expect(list({ ...first, description: 'away' })).rejects.toThrow('connection refused')
    await server.start()
    await list({ ...first, description: 'back' })
    await server.changeHostKey()
    await expect(list({ ...first, description: 'changed' })).rejects.toThrow('host key mismatch')
    await list(server.settings)
  })
})

describe.skipIf(cannotRun('samba'))('Samba', () => {
  test('carries files', async () => {
    const server = await startSamba(onTestFinished)
    await fillAndEmpty(server, server.path, null)
  })

  test('tells its shares', async () => {
    const server = await startSamba(onTestFinished)
    const fs = await storageAt(slot, server)
    const { list } = await slot.call<{ list: { Path: string }[] }>('operations/list', { fs, remote: '' })
    expect(list.map(({ Path }) => Path).sort()).toEqual(Object.values(server.shares).sort())
  })
})

describe.skipIf(cannotRun('ftp'))('vsftpd', () => {
  test('plain and with TLS', async () => {
    const server = await startFtp(onTestFinished)
    await fillAndEmpty(server, 'plain', null)
    await fillAndEmpty({ type: 'ftp', settings: server.tlsSettings }, 'tls', null)
  })
})

test('WebDAV', async () => {
  const server = await startWebdav(onTestFinished, inject('rclone'))
  await fillAndEmpty(server, server.path, null)
})

// Moto is in no registry, so where it is not nothing is skipped: fauxqs stands in for it.
test.each(hasMoto() ? (['fauxqs', 'moto'] as const) : (['fauxqs'] as const))('S3 of %s', async (backend) => {
  const server = await startS3(onTestFinished, { backend })
  await fillAndEmpty(server, server.path, 'md5')
  await server.createBucket('another')
  await fillAndEmpty(server, 'another', 'md5')
})

test.skipIf(cannotRun('ssh', 'samba', 'ftp'))(
  'all of them end with who started them, kill -9 included',
  async () => {
    const folder = await tempFolder(onTestFinished)
    // As root vsftpd's own user must pass through.
    await chmod(folder, 0o711)
    const owner = spawn(process.execPath, [OWNER, inject('rclone')], {
      ...{ env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
    })
    onTestFinished(async () => void owner.kill('SIGKILL'))
    const [line] = await once(createInterface(owner.stdout), 'line')
    const pids: number[] = JSON.parse(line)
    expect(pids.filter(isRunning)).toHaveLength(6)
    owner.kill('SIGKILL')
    for (const pid of pids) await gone(pid)
  },
)
