import { lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'
import type { Step } from './reach.ts'

/** What rclone writes to before the final name (`--partial-suffix` with a hash of eight digits, since 1.63). */
const PARTIAL = /^(.+)\.[0-9a-f]{8}\.partial$/s
/** rclone shortens the name before the suffix to this many bytes, so that it fits the file system. */
const SHORTENED_TO = 100
/** A file that somebody writes is never this still while this runs. */
const STILL_MS = 1000

/**
 * Removes the partial files that an earlier attempt of the same job left when its rclone was killed: those in
 * folders that the transfer writes to, changed since the job began and not while this runs, whose final name
 * is a file of the source. Returns how many. A file that really bears such a name has no such source and stays.
 */
export async function removePartials(
  source: Place,
  destination: Place,
  jobBegan: Date,
  step: Step = () => {},
): Promise<number> {
  if (destination.type !== 'local' || source.type !== 'local') return 0
  const from = fullPath(source)
  const sourceIsFile = (await lstat(from).catch(() => null))?.isFile() ?? false
  const found: Partial[] = []
  const folders = ['']
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const folder = await opendir(join(fullPath(destination), below)).catch(() => null)
    if (!folder) continue
    for await (const entry of folder) {
      step()
      const path = join(fullPath(destination), below, entry.name)
      if (entry.isDirectory() && !sourceIsFile) {
        const twin = await lstat(join(from, below, entry.name)).catch(() => null)
        if (twin?.isDirectory()) folders.push(join(below, entry.name))
        continue
      }
      const name = entry.isFile() ? PARTIAL.exec(entry.name)?.[1] : undefined
      const seen = name === undefined ? null : await lstat(path).catch(() => null)
      if (name === undefined || !seen || seen.ctimeMs < jobBegan.getTime()) continue
      const isSources = sourceIsFile
        ? from.split('/').at(-1)!.startsWith(name)
        : await holds(join(from, below), name)
      if (isSources) found.push({ path, size: seen.size, mtimeMs: seen.mtimeMs })
    }
  }
  return removeStill(found, step)
}

type Partial = { path: string; size: number; mtimeMs: number }

/** Looked at twice rather than asked for its age: the machine's clock may have been set in between. */
async function removeStill(found: Partial[], step: Step): Promise<number> {
  if (found.length === 0) return 0
  await sleep(STILL_MS)
  let removed = 0
  for (const { path, size, mtimeMs } of found) {
    const now = await lstat(path).catch(() => null)
    // Given up meanwhile: by now it may be another attempt's.
    step()
    if (now?.size !== size || now.mtimeMs !== mtimeMs) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}

/** Whether the folder has a file of this name, or one that rclone would have shortened to it. */
async function holds(folder: string, name: string): Promise<boolean> {
  if ((await lstat(join(folder, name)).catch(() => null))?.isFile()) return true
  if (Buffer.byteLength(name) < SHORTENED_TO / 2) return false
  for await (const entry of (await opendir(folder).catch(() => null)) ?? []) {
    if (entry.isFile() && entry.name.startsWith(name)) return true
  }
  return false
}
