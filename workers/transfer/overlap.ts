import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Operation } from '#lib/jobs/states.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'
import { realPathOf } from './real-paths.ts'

/**
 * Whether two local places are one, or one lies in the other, by whatever name: links, mounts of one folder in two
 * places, two spellings on a file system that takes them for one. rclone compares the text: it finds each file of a
 * move "already there" and deletes it, and a sync deletes what lies beside (both tried with 1.75.2). Null when they
 * lie apart, else a sentence.
 */
export async function whyOverlaps(
  source: Place,
  destination: Place,
  operation: Operation,
): Promise<string | null> {
  if (source.type !== 'local' || destination.type !== 'local') return null
  const [from, to] = await Promise.all([fullPath(source), fullPath(destination)].map(realPathOf))
  if (!from || !to) return null
  const found = await stat(from).catch(() => null)
  if (!found) return null
  const isFile = found.isFile()
  // A file lands in the destination under its own name: in its own folder that is itself.
  const [folder, own] = isFile ? [dirname(from), await stat(dirname(from))] : [from, found]
  const there = await stat(to).catch(() => null)
  if (there && isSame(own, there)) {
    return isFile
      ? `${basename(from)} already lies in ${to}: source and destination are one file.`
      : `${fullPath(source)} and ${fullPath(destination)} are one folder (${folder}).`
  }
  if (isFile) return null
  if (await isAbove(own, to)) return `The destination ${to} lies inside the source ${folder}.`
  if (operation === 'sync' && there && (await isAbove(there, folder))) {
    return `The source ${folder} lies inside the destination ${to}: a sync would delete what lies beside it.`
  }
  return null
}

/** Whether the folder is one on the way to `path`, as far as that exists. */
async function isAbove(folder: Stats, path: string): Promise<boolean> {
  for (let at = dirname(path); ; at = dirname(at)) {
    const found = await stat(at).catch(() => null)
    if (found && isSame(folder, found)) return true
    if (at === '/') return false
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino
}
