import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { list } from '../rclone/list.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import { BUCKET_TYPES, LOCAL, storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { Deadline } from './deadline.ts'
import type { Found } from './reach.ts'
import { whyWebSite } from './web-site.ts'

// What a test has rclone do: list the root, write a file and delete it.

/** A reason with rclone's own words, where it had any. */
export type Failed = { cause: string; message: string; words?: string }

/**
 * One try, and an end to silence before our own patience is over. Shorter: FTP servers hold a refused password back for
 * three seconds, a NAS wakes its disks for as long.
 */
function limits(deadline: Deadline): Record<string, unknown> {
  const idle = `${deadline.atMost(8_000)}ms`
  return { LowLevelRetries: 1, Retries: 1, ConnectTimeout: `${deadline.atMost(5_000)}ms`, Timeout: idle }
}

/** Lists the root; the names of its folders are put into `folders`. An empty list proves little of a web storage, so that is asked in another way as well. */
export async function listRoot(
  slot: Slot,
  place: Place,
  deadline: Deadline,
  folders: string[] = [],
): Promise<Found | Failed> {
  const shown = place.root || 'the root'
  try {
    if (place.type === 'local') {
      const kind = await statPath(slot, place)
      if (kind === 'missing') return { cause: 'source_missing', message: `${shown} does not exist.` }
      if (kind !== 'folder') return { cause: 'not_a_folder', message: `${shown} is not a folder.` }
    }
    const count = await countEntries(slot, place, deadline, folders)
    const site = count === 0 ? await whyWebSite(place, deadline.atMost(4_000)) : null
    return site
      ? { cause: 'wrong_server', message: site }
      : `Listed ${count} ${count === 1 ? 'entry' : 'entries'}.`
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const words = error.message
    const reason = reasonOf(words, place.type)
    if (reason.cause === 'network') {
      return { ...reason, message: `${reason.message} ${whatMayBe(place)}`, words }
    }
    const site = await whyWebSite(place, deadline.atMost(4_000))
    if (site) return { cause: 'wrong_server', message: site, words }
    switch (reason.cause) {
      case 'container_missing':
        return { ...reason, message: whyNoContainer(place), words }
      case 'source_missing':
      case 'source_changed': {
        if (place.root === '' && !kindOf(place.type).address)
          return 'It is empty so far: the first transfer makes its folder.'
        const where = place.root === '' ? 'The server knows no such address.' : `There is no ${shown}.`
        return { cause: 'source_missing', message: where, words }
      }
      default:
        return { ...reason, words }
    }
  }
}

async function countEntries(
  slot: Slot,
  place: Place,
  deadline: Deadline,
  folders: string[],
): Promise<number> {
  const question = { fs: storageOf(place), opt: { noMimeType: true, noModTime: true } }
  const limited = { ...question, _config: limits(deadline) }
  const entries = await list(slot, limited, { timeoutMs: deadline.left })
  for (const { Name } of entries.filter(({ IsDir }) => IsDir)) folders.push(Name)
  return entries.length
}

/** A call that outlasts the deadline is stopped. */
async function call(slot: Slot, deadline: Deadline, command: string, params: object): Promise<void> {
  const group = `test-${randomUUID()}`
  try {
    const whole = { ...params, _group: group, _config: limits(deadline) }
    await slot.call(command, whole, { timeoutMs: deadline.left })
  } catch (error) {
    if (error instanceof RcError && error.status === 0) await slot.stopGroup(group).catch(() => {})
    throw error
  }
}

function whyNoContainer({ type, root }: Place): string {
  const name = root.split('/')[0]
  return type === 'smb' ? `The server has no share “${name}”.` : `There is no bucket “${name}”.`
}

/** What to look at when the server was there and then said nothing, or hung up. */
function whatMayBe({ type }: Place): string {
  return `It took the connection: check that ${kindOf(type).label} is what answers on this port, and that it serves this machine.`
}

/** Writes a small file and deletes it. */
export async function writeProbe(slot: Slot, place: Place, deadline: Deadline): Promise<Found | Failed> {
  if (place.root === '' && (BUCKET_TYPES.has(place.type) || place.type === 'smb')) {
    const what = place.type === 'smb' ? 'share' : 'bucket'
    return { cause: 'container_missing', message: `Write a ${what} into the path: only there files can lie.` }
  }
  // Without a dot at its beginning: FTP servers hide such files, and rclone then misses what it wrote.
  const name = `file-orbit-probe-${randomUUID()}`
  const file = join(slot.folder, name)
  const dstFs = storageOf(place)
  let written = false
  try {
    await writeFile(file, 'File Orbit tested whether it may write here. This file can be deleted.\n')
    const srcFs = { type: 'local', ...LOCAL, _root: slot.folder }
    await call(slot, deadline, 'operations/copyfile', { srcFs, srcRemote: name, dstFs, dstRemote: name })
    written = true
    await call(slot, deadline, 'operations/deletefile', { fs: dstFs, remote: name })
    return 'Wrote a small file and deleted it.'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const words = error.message
    const reason = reasonOf(words, place.type)
    const left = `It could be written and not deleted: ${name} was left there.`
    return { ...reason, message: written ? `${left} ${reason.message}` : reason.message, words }
  } finally {
    await rm(file, { force: true })
  }
}
