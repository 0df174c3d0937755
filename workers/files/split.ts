import { posix } from 'node:path'
import { storageOf } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'

/** The folder that a file is in, as rclone takes it, and its name. */
export function split(place: Place) {
  const folder = posix.dirname(place.path)
  return { fs: storageOf(place, folder === '.' ? '' : folder), name: posix.basename(place.path) }
}
