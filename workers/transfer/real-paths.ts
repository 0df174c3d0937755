import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isInside } from '#lib/endpoints/inside-roots.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'
import type { Step } from './reach.ts'

/**
 * Whether the real path of a local place lies in the agent's roots: null when it does, else a sentence that
 * says why not. Links are resolved as far as the path exists; what does not exist yet cannot be a link. Asked
 * when planning and again just before the start, since a link may be put there in between.
 */
export async function whyOutside(place: Place, roots: readonly string[] | null): Promise<string | null> {
  if (place.type !== 'local') return null
  if (!roots || roots.length === 0) return 'No folder of this machine is allowed yet.'
  const wanted = fullPath(place)
  if (!isInside(wanted, roots)) return `${wanted} is not inside the allowed folders (${roots.join(', ')}).`
  const real = await realPathOf(wanted)
  if (real === null) return `${wanted} leads by a link to nowhere.`
  if (await isAllowed(real, roots)) return null
  return `${wanted} leads by a link to ${real}, outside the allowed folders (${roots.join(', ')}).`
}

/**
 * First by the roots that it lies in as they are written: another one may be a dead mount, which would keep
 * everybody waiting.
 */
async function isAllowed(real: string, roots: readonly string[]): Promise<boolean> {
  const likely = roots.filter((root) => isInside(real, [root]))
  return isInside(real, await realRoots(likely)) || isInside(real, await realRoots(roots))
}

async function realRoots(roots: readonly string[]): Promise<string[]> {
  // A root that does not exist allows nothing.
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => null)))
  return found.filter((root) => root !== null)
}

/** The real path of the deepest part that exists, with the rest as it is written; null below a link to nowhere. */
export async function realPathOf(path: string): Promise<string | null> {
  let at = path
  let rest = ''
  for (;;) {
    try {
      return join(await realpath(at), rest)
    } catch (error) {
      // A link to nowhere exists itself: what is written through it lands where it points.
      const link = await lstat(at).catch(() => null)
      if (link?.isSymbolicLink()) return null
      if (link || at === '/') throw error
      rest = join(at.slice(dirname(at).length).replace(/^\//, ''), rest)
      at = dirname(at)
    }
  }
}

/**
 * A link to a folder inside the destination, leading outside the roots or into the source, where a transfer would
 * write through it: rclone makes folders that "exist" and follows them (tried with 1.75.2). Null when there is none. Only
 * folders that the source has too are looked into, when the source is local; nothing else is written to.
 */
export async function findEscape(
  source: Place,
  destination: Place,
  roots: readonly string[],
  step: Step = () => {},
): Promise<string | null> {
  if (destination.type !== 'local') return null
  const from = source.type === 'local' ? fullPath(source) : null
  const inside = from && (await realPathOf(from))
  const to = fullPath(destination)
  const folders = ['']
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const folder = await opendir(join(to, below)).catch(() => null)
    if (!folder) continue
    for await (const entry of folder) {
      step()
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue
      const path = join(below, entry.name)
      if (from !== null && !(await isFolder(join(from, path)))) continue
      if (entry.isDirectory()) {
        folders.push(path)
        continue
      }
      const real = await realpath(join(to, path)).catch(() => null)
      // Files would be written over themselves, and a move would then delete them.
      if (real !== null && inside !== null && (isInside(real, [inside]) || isInside(inside, [real]))) {
        return `${join(to, path)} is a link that leads into the source (${real}).`
      }
      if (real === null || !(await isAllowed(real, roots))) {
        return `${join(to, path)} is a link that leads outside the allowed folders (${real ?? 'to nowhere'}).`
      }
    }
  }
  return null
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() ?? false
}
