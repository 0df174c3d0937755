import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { sidesOverlap } from '#lib/endpoints/overlap.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import { listFolder, statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import { LOCAL, storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { FolderEntry, Place, PlaceKind } from '../rclone/types.ts'

/**
 * Whether the two sides are one folder by two names, where rclone would find each file of a move "already there" and
 * delete it. What the settings tell is asked first; what they do not (a share by two names, a server by two hosts, a
 * folder of this machine that is also a share) is tried out before a move: a small file written to the destination
 * must not turn up at the source. Null when they are two, else a sentence.
 */
export async function whyOneStorage(
  slot: Slot,
  { source: from, destination: to, operation }: Assignment,
  source: Place,
  destination: Place,
  kind: PlaceKind,
): Promise<string | null> {
  const overlaps = sidesOverlap({ stored: from, below: from.path }, { stored: to, below: to.path }, operation)
  if (overlaps) return 'Source and destination are the same folder, or one lies in the other.'
  const bothLocal = source.type === 'local' && destination.type === 'local'
  if (operation !== 'move' || bothLocal) return null
  const one = await isOneFolder(slot, source, destination, kind)
  // What it tells of our looking would be taken for files of the attempt.
  await slot.clearLog()
  return one
    ? 'What is written to the destination turns up at the source: they are one folder by two names. Nothing was moved.'
    : null
}

async function isOneFolder(slot: Slot, source: Place, destination: Place, kind: PlaceKind): Promise<boolean> {
  if ((await statPath(slot, destination)) !== 'folder') return false
  const folder = kind === 'file' ? folderOf(source) : source
  const files = kind === 'file' ? [await entryOf(slot, source)] : await listOrNothing(slot, folder)
  const there = await listOrNothing(slot, destination)
  // Two with nothing in common are two: the usual case, which costs no write.
  const alike = files.some((file) => there.some((other) => isLike(file, other)))
  return alike && turnsUp(slot, folder, destination)
}

function folderOf(place: Place): Place {
  if (place.path === '') return { ...place, root: posix.dirname(place.root) }
  const parent = posix.dirname(place.path)
  return { ...place, path: parent === '.' ? '' : parent }
}

async function entryOf(slot: Slot, place: Place): Promise<FolderEntry> {
  const name = posix.basename(place.path || place.root)
  const entries = await listOrNothing(slot, folderOf(place))
  return (
    entries.find((entry) => entry.name === name) ?? {
      ...{ name, path: place.path, isFolder: false, size: null, modifiedAt: null },
    }
  )
}

/** A destination that is not there yet, or may not be listed, holds nothing that a move could take for arrived. */
async function listOrNothing(slot: Slot, place: Place): Promise<FolderEntry[]> {
  try {
    return await listFolder(slot, place)
  } catch (error) {
    if (error instanceof RcError) return []
    throw error
  }
}

function isLike(a: FolderEntry, b: FolderEntry): boolean {
  const sized = a.isFolder || a.size === null || b.size === null || a.size === b.size
  return a.isFolder === b.isFolder && sized && a.name.toLowerCase() === b.name.toLowerCase()
}

async function turnsUp(slot: Slot, source: Place, destination: Place): Promise<boolean> {
  const name = `file-orbit-probe-${randomUUID()}`
  const file = join(slot.folder, name)
  const dstFs = storageOf(destination)
  try {
    await writeFile(file, 'File Orbit looked whether two places are one. This file can be deleted.\n')
    const srcFs = { type: 'local', ...LOCAL, _root: slot.folder }
    await slot.call('operations/copyfile', { srcFs, srcRemote: name, dstFs, dstRemote: name })
    const path = source.path === '' ? name : `${source.path}/${name}`
    return (await statPath(slot, { ...source, path })) !== 'missing'
  } catch (error) {
    // What may not be written there cannot be moved there either: rclone says why.
    if (error instanceof RcError) return false
    throw error
  } finally {
    await slot.call('operations/deletefile', { fs: dstFs, remote: name }).catch(() => {})
    await rm(file, { force: true })
  }
}
