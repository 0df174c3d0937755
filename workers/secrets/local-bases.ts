import type { Stored, StoredPlace } from '#lib/endpoints/sides.ts'
import { whereOf } from '#lib/endpoints/where.ts'
import { messageOf, UnavailableError } from '#lib/errors.ts'
import { exactPath } from '../rclone/names.ts'
import type { Slot } from '../rclone/slot.ts'
import { SHORT_CALL_MS } from '../rclone/slot-remotes.ts'
import type { Place } from '../rclone/types.ts'

/**
 * What a path of an endpoint over others is on this machine, in each folder that it lies over. None for an endpoint that
 * is local itself. `crypts` are the opened settings of those that encrypt names, by row: what they write, rclone says.
 */
export async function localBasesAt(
  slot: Slot,
  stored: Stored,
  path: string,
  crypts: ReadonlyMap<string, Record<string, string>>,
): Promise<Place[]> {
  if (!stored.wrapped.some(({ type }) => type === 'local')) return []
  const written = new Map<string, string>()
  for (;;) {
    const unknown: { row: string; name: string }[] = []
    const encoded = ({ row }: StoredPlace, name: string) => {
      const known = written.get(`${row}/${name}`)
      if (known === undefined) unknown.push({ row, name })
      return known
    }
    const folders = whereOf(stored, path, '', encoded).flatMap((way) =>
      way.flatMap(({ local }) => local ?? []),
    )
    if (unknown.length === 0) {
      // What goes through another storage is in rclone's own spelling.
      return folders.map(({ root, path: below }) => ({ type: 'local', root, path: exactPath(below) }))
    }
    // One that lies over another knows its own names first.
    for (const { row, name } of unknown) {
      written.set(`${row}/${name}`, await encode(slot, crypts.get(row) ?? {}, name))
    }
  }
}

/** Over "/", which is always there, and not over what it lies over, which nobody has looked at yet. */
async function encode(slot: Slot, settings: Record<string, string>, name: string): Promise<string> {
  const fs = { ...settings, type: 'crypt', remote: '/', _root: '' }
  try {
    const { result } = await slot.call<{ result: [string] }>(
      'backend/command',
      { command: 'encode', fs, arg: [name] },
      { timeoutMs: SHORT_CALL_MS },
    )
    return result[0]
  } catch (error) {
    throw new UnavailableError(`rclone cannot say how "${name}" is encrypted: ${messageOf(error)}`)
  }
}
