import { afterAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { RcError } from '#workers/rclone/rc-client.ts'
import type { Slot } from '#workers/rclone/slot.ts'
import { plant, tempFolder } from '../support/files.ts'
import { cannotRun } from '../support/servers/needs.ts'
import { storageAt } from '../support/servers/rclone.ts'
import { openSlot } from '../support/slots.ts'
import { asExample, errorTexts } from './error-texts.ts'
import { type Fault, ftpFaults, s3Faults, sftpFaults, smbFaults, webdavFaults } from './storage-faults.ts'

const slot = await openSlot(afterAll)
const folder = await plant(await tempFolder(afterAll), { 'new.txt': 'new' })

/** What rclone says when asked; null where it answers. */
async function wordsFor(slot: Slot, { call, path, timeout, ...server }: Fault): Promise<string | null> {
  const fs = await storageAt(slot, server, path)
  const _config = { LowLevelRetries: 1, Timeout: timeout, ConnectTimeout: timeout }
  const params =
    call === 'list'
      ? { fs, remote: '', _config }
      : {
          srcFs: { type: 'local', _root: folder },
          srcRemote: 'new.txt',
          dstFs: fs,
          dstRemote: 'new.txt',
          _config,
        }
  try {
    await slot.call(call === 'list' ? 'operations/list' : 'operations/copyfile', params)
    return null
  } catch (error) {
    if (error instanceof RcError && error.status !== 0) return asExample(error.message)
    throw error
  }
}

/** Each fault is made and told; the table has all of them and no other. */
async function compare(type: string, faults: Fault[]): Promise<void> {
  const known = Object.assign({}, ...Object.values(errorTexts[type] ?? {}))
  const said: Record<string, unknown> = {}
  for (const fault of faults) {
    fault.before?.()
    const name = fault.call === 'copy' ? `${fault.fault} (copy)` : fault.fault
    const words = await wordsFor(slot, fault)
    said[name] = Array.isArray(known[name]) && known[name].includes(words) ? known[name] : words
  }
  expect(said).toEqual(known)
}

describe('what rclone says of a fault is what the table says', () => {
  test.skipIf(cannotRun('ssh'))('SFTP', async () => compare('sftp', await sftpFaults(onTestFinished)))
  test.skipIf(cannotRun('samba'))('SMB', async () => compare('smb', await smbFaults(onTestFinished)))
  test.skipIf(cannotRun('ftp'))('FTP', async () => compare('ftp', await ftpFaults(onTestFinished)))
  test.skipIf(cannotRun('tls'))('WebDAV', async () => {
    await compare('webdav', await webdavFaults(onTestFinished, inject('rclone')))
  })
  test.skipIf(cannotRun('tls'))('S3', async () => compare('s3', await s3Faults(onTestFinished)))
})
