import type { StorageFacts } from '#lib/endpoints/storage-facts.ts'
import { readInfo } from '../rclone/fs-info.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'

/** Beyond this the test is over without it: some storages count all their files to answer. */
const WITHIN_MS = 3_000
/** rclone's word for "no time of its own": a hundred years in nanoseconds (fs.ModTimeNotSupported). */
const NO_TIMES = 100 * 365 * 24 * 3600 * 1e9

/** What the storage can do, as rclone knows it of its kind and finds it there. Throws RcError. */
export async function readFeatures(slot: Slot, place: Place): Promise<StorageFacts['features']> {
  const { Features, Hashes, Precision } = await readInfo(slot, place)
  return {
    hashes: Hashes ?? [],
    // Between local folders rclone copies by itself.
    serverSideCopy: Features.Copy === true,
    serverSideMove: Features.Move === true,
    folderMove: Features.DirMove === true,
    emptyFolders: Features.CanHaveEmptyDirectories === true,
    caseInsensitive: Features.CaseInsensitive === true,
    timePrecisionMs: Precision >= NO_TIMES ? null : Precision / 1e6,
  }
}

/** Whether it takes a file whose size nobody knows; to others rclone writes it to its own disk first. */
export async function takesStreams(slot: Slot, place: Place): Promise<boolean> {
  return (await readInfo(slot, place)).Features.PutStream === true
}

/** Space and features, or null where they cannot be had now: no reason to call a test failed. */
export async function readFacts(slot: Slot, place: Place): Promise<StorageFacts | null> {
  try {
    return { features: await readFeatures(slot, place), space: await readSpace(slot, place) }
  } catch {
    return null
  }
}

async function readSpace(slot: Slot, place: Place): Promise<StorageFacts['space']> {
  try {
    const fs = storageOf({ ...place, path: '' })
    const about = await slot.call<Partial<Record<'total' | 'used' | 'free', number>>>(
      'operations/about',
      { fs },
      { timeoutMs: WITHIN_MS },
    )
    const { total = null, used = null, free = null } = about
    return total === null && used === null && free === null ? null : { total, used, free }
  } catch {
    return null
  }
}
