import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Refused } from '#lib/agents/protocol.ts'
import { isInside } from '#lib/endpoints/inside-roots.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'
import { realPathOf, whyOutside } from '../transfer/real-paths.ts'

/**
 * Where a local place really is, links resolved as far as it exists: inside the agent's roots, and inside the root of
 * its own endpoint, which a link may not widen either. Empty for a place that is not local. Asked just before each
 * deed; what is done is then done to the path that this answered.
 */
export async function realPlace(
  place: Place,
  roots: readonly string[] | null,
): Promise<{ real: string } | Refused> {
  if (place.type !== 'local') return { real: '' }
  const outside = await whyOutside(place, roots)
  if (outside) return { ok: false, cause: 'outside_roots', message: outside }
  const [real, root] = await Promise.all([realPathOf(fullPath(place)), realPathOf(place.root)])
  if (real !== null && root !== null && isInside(real, [root])) return { real }
  const message = `${fullPath(place)} leads by a link out of the endpoint's own folder.`
  return { ok: false, cause: 'outside_roots', message }
}

/** The first refusal of several, or null: a link would lead one of them out of its folder. */
export async function whyElsewhere(
  places: readonly Place[],
  roots: readonly string[] | null,
): Promise<Refused | null> {
  for (const place of places) {
    const found = await realPlace(place, roots)
    if ('cause' in found) return found
  }
  return null
}

/** `realPlace` for a path that is to be made, renamed or deleted: its last name itself is not followed. */
export async function realParent(
  place: Place,
  roots: readonly string[] | null,
): Promise<{ folder: string; path: string } | Refused> {
  const above = posix.dirname(place.path)
  const parent = await realPlace({ ...place, path: above === '.' ? '' : above }, roots)
  if ('cause' in parent) return parent
  return { folder: parent.real, path: posix.join(parent.real, posix.basename(place.path)) }
}

/**
 * Opens a file for reading where `realPlace` found it; `null` where it is none any more. A link that was put there
 * since is not followed, and what was opened is looked at once more (Linux): the check and the open are one.
 */
export async function openReal(real: string, root: string): Promise<FileHandle | null> {
  // A pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(real, flags)
  const opened = await readlink(`/proc/self/fd/${file.fd}`).catch(() => real)
  const [found, base] = await Promise.all([file.stat(), realpath(root).catch(() => null)])
  if (found.isFile() && base !== null && isInside(opened, [base])) return file
  await file.close()
  return null
}
