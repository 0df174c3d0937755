import { storageOf } from './remote.ts'
import type { Slot } from './slot.ts'
import type { Place } from './types.ts'

/** As rclone knows a storage of its kind and finds it there. */
type FsInfo = { Features: Record<string, boolean>; Hashes: string[] | null; Precision: number }

/** Of an endpoint, whatever is below. Throws RcError. */
export function readInfo(slot: Slot, place: Place): Promise<FsInfo> {
  const fs = storageOf({ ...place, path: '' })
  return slot.call<FsInfo>('operations/fsinfo', { fs }, { timeoutMs: 10_000 })
}
