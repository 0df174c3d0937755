import { posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readInfo } from '../rclone/fs-info.ts'
import { list, type RawEntry } from '../rclone/list.ts'
import { exactPath, standardPath } from '../rclone/names.ts'
import { beforeSuffix, isPartOf } from '../rclone/partial-name.ts'
import { statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { inLanes } from './lanes.ts'
import type { Swept } from './leftovers.ts'
import { folderOf, type MeantPairs, meantFiles } from './meant-files.ts'
import type { Step } from './reach.ts'

/** The server may still write what a dead connection had sent. */
const STILL_MS = 1500

type Meaning = { sourceIsFile: boolean; pairs: MeantPairs; step: Step }

/**
 * Removes what an earlier attempt of the same job left half-written in a storage elsewhere, when its rclone was killed:
 * partial files whose final name is that of a file it means, and that stay as they are while this looks twice. Null:
 * what is there could not be listed or deleted. Of a whole folder names that rclone had to shorten (above 100 bytes) stay, and everywhere the parts of an
 * S3 upload: they are in no listing, and only a rule of the bucket can tell old ones from those of others.
 */
export async function removeRemotePartials(
  slot: Slot,
  source: Place,
  destination: Place,
  { sourceIsFile, pairs, step }: Meaning,
): Promise<Swept | null> {
  try {
    if (!(await leavesPartials(slot, destination))) return { removed: 0, moving: 0 }
    const meant = meantFiles(source, sourceIsFile, pairs)
    const ours = meant
      ? await partialsOf(slot, destination, meant, step)
      : await partialsBelow(slot, source, destination, step)
    if (ours.length === 0) return { removed: 0, moving: 0 }
    await sleep(STILL_MS)
    const folders = new Set(ours.map(({ Path }) => folderOf(Path)))
    const now = new Map((await partialsIn(slot, destination, folders, step)).map((one) => [one.Path, one]))
    const there = ours.filter(({ Path }) => now.has(Path))
    const still = there.filter(({ Path, Size, ModTime }) => {
      const again = now.get(Path)!
      return again.Size === Size && again.ModTime === ModTime
    })
    for (const { Path } of still) {
      // Given up meanwhile: by now it may be another attempt's.
      step()
      await slot.call('operations/deletefile', { fs: storageOf(destination), remote: Path })
    }
    return { removed: still.length, moving: there.length - still.length }
  } catch (error) {
    // No reason not to try: an attempt says what is wrong itself.
    if (error instanceof RcError) return null
    throw error
  } finally {
    // Its log would be taken for that of the attempt.
    await slot.clearLog()
  }
}

/** Others show a file when it is whole (operations/copy.go, 1.75): nothing of them is listed. */
async function leavesPartials(slot: Slot, place: Place): Promise<boolean> {
  const { Features } = await readInfo(slot, place)
  return Features.PartialUploads === true && Features.Move === true
}

async function partialsOf(
  slot: Slot,
  destination: Place,
  meant: ReadonlyMap<string, readonly string[]>,
  step: Step,
): Promise<RawEntry[]> {
  const isLocal = destination.type === 'local'
  const folders = isLocal ? [...meant.keys()].map(standardPath) : meant.keys()
  const found = await partialsIn(slot, destination, folders, step)
  return found.filter(({ Path }) => {
    const path = isLocal ? exactPath(Path) : Path
    const before = beforeSuffix(posix.basename(path))
    return before !== null && meant.get(folderOf(path))!.some((final) => isPartOf(final, before))
  })
}

async function partialsIn(
  slot: Slot,
  destination: Place,
  folders: Iterable<string>,
  step: Step,
): Promise<RawEntry[]> {
  const found: RawEntry[] = []
  await inLanes(folders, async (folder) => {
    found.push(...(await listPartials(slot, destination, folder, { recurse: false, step })))
    step()
  })
  return found
}

async function partialsBelow(slot: Slot, source: Place, destination: Place, step: Step): Promise<RawEntry[]> {
  const ours: RawEntry[] = []
  for (const entry of await listPartials(slot, destination, '', { recurse: true, step })) {
    const name = beforeSuffix(entry.Path)!
    const below = source.type === 'local' ? exactPath(name) : name
    const path = source.path === '' ? below : `${source.path}/${below}`
    if ((await statPath(slot, { ...source, path })) === 'file') ours.push(entry)
    step()
  }
  return ours
}

/** Silence ends a listing that takes for ever: the attempt lists the same. */
async function listPartials(
  slot: Slot,
  destination: Place,
  folder: string,
  { recurse, step }: { recurse: boolean; step: Step },
): Promise<RawEntry[]> {
  const question = {
    ...{ fs: storageOf(destination), remote: folder, opt: { recurse, filesOnly: true, noMimeType: true } },
    _filter: { FilterRule: ['+ *.partial', '- *'] },
  }
  try {
    const found = await list(slot, question, { timeoutMs: null, step })
    return found.filter(({ Path }) => beforeSuffix(Path) !== null)
  } catch (error) {
    if (error instanceof RcError && error.status === 404) return []
    throw error
  }
}
