import { standardPath } from './names.ts'
import type { Place } from './types.ts'

/** A storage as the remote control takes it; rclone refuses a value that is not a string. */
export type Storage = { type: string; _root: string } & Record<string, string>

/**
 * The option names that may reach rclone, for each type. rclone accepts any key in silence, and some of them
 * run a command (`ssh` of sftp), so what is not listed here does not travel. `fixed` are our own.
 */
const kinds: Record<string, { settings: readonly string[]; fixed: Record<string, string> }> = {
  // Links are neither followed nor turned into files: `links` and `copy_links` stay off, so nothing outside the
  // root is read through one. Raw keeps every name as the file system has it (names.ts).
  local: { settings: [], fixed: { encoding: 'Raw' } },
}

/**
 * The storage object of `place`, at its path or, with `below`, at a path under it. Throws RangeError for a
 * place that no verb should have let through.
 */
export function storageOf(place: Place, path = place.path): Storage {
  const kind = kinds[place.type]
  if (!kind) throw new RangeError(`No storage type "${place.type}"`)
  for (const key of Object.keys(place.settings ?? {})) {
    if (!kind.settings.includes(key)) throw new RangeError(`"${key}" is not a setting of ${place.type}`)
  }
  return { ...place.settings, ...kind.fixed, type: place.type, _root: rootOf(place, path) }
}

/** The whole path of a place in its storage; for `local` the absolute path. */
export function fullPath(place: Place, path = place.path): string {
  if (path.startsWith('/') || path.split('/').includes('..') || `${place.root}${path}`.includes('\0')) {
    throw new RangeError('A path must stay below its root')
  }
  if (place.type === 'local' && !place.root.startsWith('/')) throw new RangeError('A local root is absolute')
  if (path === '') return place.root
  return place.root === '' || place.root.endsWith('/') ? place.root + path : `${place.root}/${path}`
}

function rootOf(place: Place, path: string): string {
  const whole = fullPath(place, path)
  return place.type === 'local' ? standardPath(whole) : whole
}
