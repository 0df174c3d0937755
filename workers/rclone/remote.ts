import { standardPath } from './names.ts'
import { whyRefusedHere } from './refused-here.ts'
import type { Place } from './types.ts'

/** A storage as the remote control takes it; rclone refuses a value that is not a string. */
export type Storage = { _root: string } & Record<string, string>

// Links are neither followed nor turned into files: `links` and `copy_links` stay off, so nothing outside the
// root is read through one. Raw keeps every name as the file system has it (names.ts).
export const LOCAL = { encoding: 'Raw' }

/** Types whose first part of a path is a bucket, and whose folders are only parts of names. */
export const BUCKET_TYPES: ReadonlySet<string> = new Set([
  ...['s3', 'google cloud storage', 'b2', 'azureblob', 'swift', 'oracleobjectstorage', 'qingstor'],
])

/**
 * The storage object of `place`, at its path or, with `below`, at a path under it. rclone accepts any key in silence,
 * and some of them run a command. Throws RangeError for a place that no verb should have let through.
 */
export function storageOf(place: Place, path = place.path): Storage {
  const settings = place.type === 'local' ? LOCAL : place.settings
  for (const key of Object.keys(place.settings ?? {})) {
    const refused = place.type === 'local' ? !(key in LOCAL) : whyRefusedHere(place.type, key) !== null
    if (refused) throw new RangeError(`"${key}" is not a setting of ${place.type}`)
  }
  const root = rootOf(place, path)
  // With a "/" at its end rclone does not ask first whether it is a file: a refusal of that question (a wrong secret, a
  // clock that differs) it takes for a yes, and says "is a file not a directory" (tried with 1.75.2).
  const _root = place.type === 's3' && root.includes('/') ? `${root}/` : root
  return place.remote ? { _name: place.remote, _root } : { ...settings, type: place.type, _root }
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
