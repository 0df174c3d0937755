import type { FileDeedAnswer, Refused } from '#lib/agents/protocol.ts'
import { readFeatures } from '../endpoints/storage-facts.ts'
import { statPath } from '../rclone/places.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { countAt } from './count.ts'
import { missing, notEmpty, taken } from './local-deeds.ts'
import { split } from './split.ts'

/** Longer than the question waits: what goes on after it is said to. */
const DEED_MS = 10 * 60_000
/** Of a storage that cannot rename a folder: each file in it is copied and deleted. */
const MOST_COPIES = 1_000

export async function makeRemoteFolder(slot: Slot, place: Place): Promise<FileDeedAnswer> {
  const { emptyFolders } = await readFeatures(slot, place)
  if (!emptyFolders) {
    const message = 'This storage keeps no empty folders: one is there as soon as a file is in it.'
    return { ok: false, cause: 'cannot', message }
  }
  if ((await statPath(slot, place)) !== 'missing') return taken()
  await slot.call('operations/mkdir', { fs: storageOf(place), remote: '' })
  return { ok: true }
}

export async function renameRemote(slot: Slot, place: Place, to: string): Promise<FileDeedAnswer> {
  const kind = await statPath(slot, place)
  if (kind === 'missing') return missing()
  const target = { ...place, path: to }
  if ((await statPath(slot, target)) !== 'missing') return taken()
  if (kind === 'file') {
    await moveFile(slot, place, target)
    return { ok: true }
  }
  if (`${to}/`.startsWith(`${place.path}/`)) {
    return { ok: false, cause: 'cannot', message: 'A folder cannot go into itself.' }
  }
  const tooLong = await whyTooLong(slot, place)
  if (tooLong) return tooLong
  await slot.call(
    'sync/move',
    { srcFs: storageOf(place), dstFs: storageOf(target), deleteEmptySrcDirs: true, createEmptySrcDirs: true },
    { timeoutMs: DEED_MS },
  )
  // Where it copied file by file the folder itself is left, unless the storage has none.
  await slot.call('operations/rmdirs', { fs: storageOf(place), remote: '' }).catch(() => {})
  return { ok: true }
}

export async function moveFile(slot: Slot, from: Place, to: Place): Promise<void> {
  const [source, destination] = [split(from), split(to)]
  await slot.call(
    'operations/movefile',
    { srcFs: source.fs, srcRemote: source.name, dstFs: destination.fs, dstRemote: destination.name },
    { timeoutMs: DEED_MS },
  )
}

export async function deleteRemote(slot: Slot, place: Place, recursive: boolean): Promise<FileDeedAnswer> {
  const kind = await statPath(slot, place)
  if (kind === 'missing') return missing()
  if (kind === 'file') {
    await deleteFile(slot, place)
    return { ok: true }
  }
  if (!recursive) {
    const { files, folders } = await countAt(slot, place)
    if (files + folders > 0) return notEmpty()
  }
  const command = recursive ? 'operations/purge' : 'operations/rmdir'
  await slot.call(command, { fs: storageOf(place), remote: '' }, { timeoutMs: DEED_MS })
  return { ok: true }
}

export async function deleteFile(slot: Slot, place: Place): Promise<void> {
  const { fs, name } = split(place)
  await slot.call('operations/deletefile', { fs, remote: name })
}

async function whyTooLong(slot: Slot, place: Place): Promise<Refused | null> {
  const { folderMove } = await readFeatures(slot, place)
  if (folderMove) return null
  const { files, exact } = await countAt(slot, place)
  if (exact && files <= MOST_COPIES) return null
  const message = `This storage renames a folder by copying each of its files, and there are more than ${MOST_COPIES.toLocaleString('en')}. Start a move instead: it can be watched and resumed.`
  return { ok: false, cause: 'cannot', message }
}
