import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileCount } from '#lib/files/schema.ts'
import { standardPath } from '../rclone/names.ts'
import { listFolder } from '../rclone/places.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { split } from './split.ts'

/** A person waits for it; what is beyond is told as "more than". */
const MOST = 50_000
const WITHIN_MS = 8_000

/** Of a single file. */
export async function countFile(slot: Slot, place: Place): Promise<FileCount> {
  const { fs, name } = split(place)
  const remote = place.type === 'local' ? standardPath(name) : name
  const found = await slot.call<{ item: { Size: number } | null }>('operations/stat', { fs, remote })
  return { files: 1, folders: 0, bytes: Math.max(0, found.item?.Size ?? 0), exact: true }
}

/** What a folder of a storage holds at any depth, counted to a bound. */
export async function countAt(slot: Slot, place: Place): Promise<FileCount> {
  return countFolders([place.path], async (folder, found) => {
    const entries = await listFolder(slot, place, folder)
    for (const { isFolder, size } of entries) {
      if (isFolder) found.folders += 1
      else addFile(found, size ?? 0)
    }
    return entries.filter(({ isFolder }) => isFolder).map(({ path }) => path)
  })
}

/** The same of a local folder, links and devices counted as files: they go with it. */
export async function countLocal(path: string): Promise<FileCount> {
  return countFolders([path], async (folder, found) => {
    const below: string[] = []
    for await (const entry of await opendir(folder)) {
      const whole = join(folder, entry.name)
      if (entry.isDirectory()) {
        found.folders += 1
        below.push(whole)
      } else addFile(found, (await lstat(whole)).size)
      if (found.files + found.folders > MOST) break
    }
    return below
  })
}

function addFile(found: FileCount, size: number): void {
  found.files += 1
  found.bytes += size
}

async function countFolders(
  folders: string[],
  count: (folder: string, found: FileCount) => Promise<string[]>,
): Promise<FileCount> {
  const until = performance.now() + WITHIN_MS
  const found: FileCount = { files: 0, folders: 0, bytes: 0, exact: true }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    folders.push(...(await count(folder, found)))
    if (found.files + found.folders > MOST || (folders.length > 0 && performance.now() > until)) {
      return { ...found, exact: false }
    }
  }
  return found
}
