import { lstat, opendir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeSuffix, isPartOf } from '../rclone/partial-name.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'
import { type MeantPairs, meantFiles } from './meant-files.ts'
import type { Step } from './reach.ts'

/** A file that somebody writes is never this still while this runs. */
const STILL_MS = 1000

/** What came of a look for partial files. */
export type Swept = {
  removed: number
  /** How many changed meanwhile: somebody writes them. */
  moving: number
}

/**
 * Removes the partial files that an earlier attempt of the same job left when its rclone was killed: those in
 * folders that the transfer writes to, changed since the job began and not while this runs, whose final name
 * is that of a file it means. A file that really bears such a name has no such source and stays.
 */
export async function removePartials(
  source: Place,
  destination: Place,
  jobBegan: Date,
  { pairs = null, step = () => {} }: { pairs?: MeantPairs; step?: Step } = {},
): Promise<Swept> {
  if (destination.type !== 'local' || source.type !== 'local') return { removed: 0, moving: 0 }
  const [from, to] = [fullPath(source), fullPath(destination)]
  const found: Partial[] = []
  const isFile = (await lstat(from).catch(() => null))?.isFile() ?? false
  const meant = meantFiles(source, isFile, pairs)
  if (meant) {
    for (const [folder, names] of meant) {
      if (await isBehindLink(to, folder)) continue
      const isMeant = async (name: string) => names.some((final) => isPartOf(final, name))
      found.push(...(await partialsIn(join(to, folder), { jobBegan, isMeant, step })).partials)
    }
    return removeStill(found, step)
  }
  const folders = ['']
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const isMeant = (name: string) => holds(join(from, below!), name)
    const seen = await partialsIn(join(to, below), { jobBegan, isMeant, step })
    found.push(...seen.partials)
    for (const name of seen.folders) {
      const twin = await lstat(join(from, below, name)).catch(() => null)
      if (twin?.isDirectory()) folders.push(join(below, name))
    }
  }
  return removeStill(found, step)
}

type Partial = { path: string; size: number; mtimeMs: number }

type Look = { jobBegan: Date; isMeant(name: string): Promise<boolean>; step: Step }

async function partialsIn(
  path: string,
  { jobBegan, isMeant, step }: Look,
): Promise<{ partials: Partial[]; folders: string[] }> {
  const found: { partials: Partial[]; folders: string[] } = { partials: [], folders: [] }
  for await (const entry of (await opendir(path).catch(() => null)) ?? []) {
    step()
    if (entry.isDirectory()) found.folders.push(entry.name)
    const name = entry.isFile() ? beforeSuffix(entry.name) : null
    const seen = name === null ? null : await lstat(join(path, entry.name)).catch(() => null)
    if (name === null || !seen || seen.ctimeMs < jobBegan.getTime() || !(await isMeant(name))) continue
    found.partials.push({ path: join(path, entry.name), size: seen.size, mtimeMs: seen.mtimeMs })
  }
  return found
}

/** A link on the way may lead anywhere by now; or the folder is not there. */
async function isBehindLink(root: string, folder: string): Promise<boolean> {
  const [whole, real] = await Promise.all([
    realpath(join(root, folder)).catch(() => null),
    realpath(root).catch(() => null),
  ])
  return whole === null || real === null || whole !== join(real, folder)
}

/** Looked at twice rather than asked for its age: the machine's clock may have been set in between. */
async function removeStill(found: Partial[], step: Step): Promise<Swept> {
  const swept = { removed: 0, moving: 0 }
  if (found.length === 0) return swept
  await sleep(STILL_MS)
  for (const { path, size, mtimeMs } of found) {
    const now = await lstat(path).catch(() => null)
    // Given up meanwhile: by now it may be another attempt's.
    step()
    if (!now) continue
    if (now.size !== size || now.mtimeMs !== mtimeMs) {
      swept.moving += 1
      continue
    }
    await rm(path, { force: true })
    swept.removed += 1
  }
  return swept
}

/** Whether the folder has a file of this name, or one that rclone would have shortened to it. */
async function holds(folder: string, name: string): Promise<boolean> {
  if ((await lstat(join(folder, name)).catch(() => null))?.isFile()) return true
  for await (const entry of (await opendir(folder).catch(() => null)) ?? []) {
    if (entry.isFile() && isPartOf(entry.name, name)) return true
  }
  return false
}
