import { lstat, opendir, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { list, type RawEntry } from './list.ts'
import { exactPath } from './names.ts'
import { RcError } from './rc-client.ts'
import { fullPath, storageOf } from './remote.ts'
import type { Slot } from './slot.ts'
import type { FolderEntry, Place, PlaceKind } from './types.ts'

/** A slow storage may take long to list; nobody waits longer for an answer. */
const LIST_TIMEOUT_MS = 60_000

/**
 * What is at a place; a link is followed only where it is the endpoint's root itself. Local places are looked at directly: rclone lists the whole parent
 * to find a folder, and takes a link for a file. Throws RcError (or, local, the file system's error, such as
 * EACCES); `reasonOf(error.message)` explains both.
 */
export async function statPath(slot: Slot, place: Place): Promise<PlaceKind> {
  if (place.type === 'local') return statLocal(fullPath(place), place.path === '' ? stat : lstat)
  try {
    const folder = posix.dirname(place.path)
    const fs = storageOf(place, folder === '.' ? '' : folder)
    const params = { fs, remote: posix.basename(place.path), opt: { noMimeType: true, noModTime: true } }
    const { item } = await slot.call<{ item: RawEntry | null }>('operations/stat', params, {
      timeoutMs: LIST_TIMEOUT_MS,
    })
    if (!item) return 'missing'
    return item.IsDir ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof RcError && error.status === 404) return 'missing'
    throw error
  }
}

/**
 * Whether a folder holds a file at any depth; stops at the first one. A folder that cannot be read counts as
 * holding one: rclone then reports the error itself, and deletes nothing because of it.
 */
export async function hasAnyFile(slot: Slot, place: Place, step: () => void = () => {}): Promise<boolean> {
  if (place.type === 'local') return hasLocalFile(fullPath(place), step)
  const folders = [place.path]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await listFolder(slot, place, folder)
    step()
    if (entries.some(({ isFolder }) => !isFolder)) return true
    folders.push(...entries.map(({ path }) => path))
  }
  return false
}

/**
 * The entries of one folder, unsorted; `path` is relative to the endpoint's root, like `place.path`. Links and
 * special files are left out, as in a transfer. Throws RcError.
 */
export async function listFolder(slot: Slot, place: Place, path = place.path): Promise<FolderEntry[]> {
  const question = { fs: storageOf(place, path), opt: { noMimeType: true } }
  const entries = await list(slot, question, { timeoutMs: LIST_TIMEOUT_MS })
  const local = place.type === 'local'
  return entries.map((entry) => {
    const name = local ? exactPath(entry.Name) : entry.Name
    return {
      name,
      path: path === '' ? name : `${path}/${name}`,
      isFolder: entry.IsDir,
      size: entry.IsDir || entry.Size < 0 ? null : entry.Size,
      modifiedAt: entry.ModTime ? new Date(entry.ModTime) : null,
    }
  })
}

/**
 * Every file below a place, at any depth; `path` is relative to it. Links and special files are left out. A million
 * take minutes: `step` is called meanwhile. Throws RcError.
 */
export async function listFiles(
  slot: Slot,
  place: Place,
  step: () => void,
): Promise<{ path: string; size: number | null }[]> {
  const opt = { recurse: true, filesOnly: true, noMimeType: true, noModTime: true }
  const entries = await list(slot, { fs: storageOf(place), opt }, { timeoutMs: null, step })
  const local = place.type === 'local'
  return entries.map(({ Path, Size }) => ({
    path: local ? exactPath(Path) : Path,
    size: Size < 0 ? null : Size,
  }))
}

/** Whether two local places are in one file system, so that a rename can move between them. */
export async function onOneDevice(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([device(a), device(b)])
  return first === second
}

/** Of the path, or of its nearest parent that exists; what is written to a folder goes through a link in its place. */
async function device(path: string): Promise<number | null> {
  try {
    return (await stat(path)).dev
  } catch {
    return path === '/' ? null : device(posix.dirname(path))
  }
}

async function statLocal(path: string, look: typeof stat | typeof lstat): Promise<PlaceKind> {
  try {
    const found = await look(path)
    if (found.isDirectory()) return 'folder'
    return found.isFile() ? 'file' : 'other'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing'
    throw error
  }
}

async function hasLocalFile(root: string, step: () => void): Promise<boolean> {
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    step()
    try {
      for await (const entry of await opendir(folder)) {
        if (entry.isFile()) return true
        if (entry.isDirectory()) folders.push(posix.join(folder, entry.name))
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return true
    }
  }
  return false
}
