import { posix } from 'node:path'
import type { FilePair } from '#lib/jobs/schema.ts'
import type { Place } from '../rclone/types.ts'

/** Null: no file has a place of its own. */
export type MeantPairs = readonly Pick<FilePair, 'destination'>[] | null

/** The names that a transfer writes, by their folder below the destination; null where only the source can tell. */
export function meantFiles(
  source: Place,
  sourceIsFile: boolean,
  pairs: MeantPairs,
): Map<string, string[]> | null {
  if (!pairs) return sourceIsFile ? new Map([['', [posix.basename(source.path || source.root)]]]) : null
  const meant = new Map<string, string[]>()
  for (const { destination } of pairs) {
    const folder = folderOf(destination)
    const names = meant.get(folder)
    if (names) names.push(posix.basename(destination))
    else meant.set(folder, [posix.basename(destination)])
  }
  return meant
}

/** Of a path below a place; '' is the place itself. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
