import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place, PlaceKind } from '../rclone/types.ts'

const PARTIAL = /^(.+)\.[0-9a-f]{8}\.partial$/s
/** The server may still write what a dead connection had sent. */
const STILL_MS = 1500
/** The attempt that follows lists the tree as well, so a listing that takes longer is its to wait for. */
const LIST_TIMEOUT_MS = 10 * 60_000

type Entry = { Path: string; Size: number; ModTime: string; IsDir: boolean }

/**
 * Removes what an earlier attempt of the same job left half-written in a storage elsewhere, when its rclone was killed:
 * partial files whose final name is a file of the source, and that stay as they are while this looks twice. Returns how
 * many. Names that rclone had to shorten (above 100 bytes) stay, and so do the parts of an S3 upload: they are in no
 * listing, and only a rule of the bucket can tell old ones from those of others.
 */
export async function removeRemotePartials(
  slot: Slot,
  source: Place,
  destination: Place,
  kind: PlaceKind,
): Promise<number> {
  try {
    const first = await partialsAt(slot, destination)
    const ours: Entry[] = []
    for (const entry of first) {
      const name = PARTIAL.exec(entry.Path)?.[1]
      if (name !== undefined && (await isOfSource(slot, source, kind, name))) ours.push(entry)
    }
    if (ours.length === 0) return 0
    await sleep(STILL_MS)
    const now = new Map((await partialsAt(slot, destination)).map((entry) => [entry.Path, entry]))
    const still = ours.filter(({ Path, Size, ModTime }) => {
      const again = now.get(Path)
      return again?.Size === Size && again.ModTime === ModTime
    })
    for (const { Path } of still) {
      await slot.call('operations/deletefile', { fs: storageOf(destination), remote: Path })
    }
    return still.length
  } catch (error) {
    // What cannot be listed or deleted now is no reason not to try: the attempt says what is wrong itself.
    if (error instanceof RcError) return 0
    throw error
  } finally {
    // Its log would be taken for that of the attempt.
    await slot.clearLog()
  }
}

async function partialsAt(slot: Slot, destination: Place): Promise<Entry[]> {
  if ((await statPath(slot, destination)) !== 'folder') return []
  const params = {
    ...{ fs: storageOf(destination), remote: '', opt: { recurse: true, filesOnly: true, noMimeType: true } },
    ...{ _filter: { FilterRule: ['+ *.partial', '- *'] }, _group: `partials-${randomUUID()}` },
  }
  const answer = await slot.call<{ list: Entry[] | null }>('operations/list', params, {
    timeoutMs: LIST_TIMEOUT_MS,
  })
  return (answer.list ?? []).filter(({ IsDir, Path }) => !IsDir && PARTIAL.test(Path))
}

async function isOfSource(slot: Slot, source: Place, kind: PlaceKind, name: string): Promise<boolean> {
  if (kind === 'file') return posix.basename(source.path || source.root) === name
  const path = source.path === '' ? name : `${source.path}/${name}`
  return (await statPath(slot, { ...source, path })) === 'file'
}
