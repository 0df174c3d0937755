import { link, lstat, mkdir, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import type { FileDeedAnswer, Refused } from '#lib/agents/protocol.ts'
import type { Place } from '../rclone/types.ts'
import { realParent } from './real-place.ts'

type Roots = readonly string[] | null

export async function makeLocalFolder(place: Place, roots: Roots): Promise<FileDeedAnswer> {
  const at = await realParent(place, roots)
  if ('cause' in at) return at
  return attempt(async () => {
    // Those above it too, as every other storage does.
    await mkdir(at.folder, { recursive: true })
    await mkdir(at.path)
    return { ok: true }
  })
}

export async function renameLocal(place: Place, to: string, roots: Roots): Promise<FileDeedAnswer> {
  const [from, target] = [await realParent(place, roots), await realParent({ ...place, path: to }, roots)]
  if ('cause' in from) return from
  if ('cause' in target) return target
  return attempt(async () => {
    const found = await lstat(from.path)
    if (!found.isFile() && !found.isDirectory()) return notOurs()
    const there = await lstat(target.path).catch(() => null)
    // Another spelling of its own name, on a disk that takes both for one, is not taken.
    if (there && (there.ino !== found.ino || there.dev !== found.dev)) return taken()
    if (there || found.isDirectory()) await rename(from.path, target.path)
    else await moveInto(from.path, target.path)
    return { ok: true }
  })
}

/** Renames a file and never replaces one: rename(2) would, without a word. */
export async function moveInto(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A disk without hard links, such as FAT: the look before has to do.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(code ?? '')) throw error
    if (await lstat(to).catch(() => null)) throw Object.assign(new Error('it is there'), { code: 'EEXIST' })
    return rename(from, to)
  }
  await unlink(from)
}

export async function deleteLocal(place: Place, recursive: boolean, roots: Roots): Promise<FileDeedAnswer> {
  const at = await realParent(place, roots)
  if ('cause' in at) return at
  return attempt(async () => {
    const found = await lstat(at.path)
    if (found.isFile()) await unlink(at.path)
    else if (!found.isDirectory()) return notOurs()
    // Links in it are deleted, not followed.
    else if (recursive) await rm(at.path, { recursive: true })
    else if ((await readdir(at.path)).length > 0) return notEmpty()
    else await rmdir(at.path)
    return { ok: true }
  })
}

export function taken(): Refused {
  return { ok: false, cause: 'taken', message: 'This name is taken. Choose another one.' }
}

export function notEmpty(): Refused {
  return {
    ok: false,
    cause: 'not_empty',
    message: 'The folder is not empty. Delete it with all it holds, or leave it.',
  }
}

export function missing(): Refused {
  return { ok: false, cause: 'source_missing', message: 'It is not there (any more).' }
}

function notOurs(): Refused {
  return { ok: false, cause: 'cannot', message: 'This is a link or a device, which File Orbit leaves alone.' }
}

const words: Record<string, Refused> = {
  EEXIST: taken(),
  ENOTEMPTY: taken(),
  ENOENT: {
    ok: false,
    cause: 'source_missing',
    message: 'It is not there (any more), or the folder that it goes into is not.',
  },
  ENOTDIR: { ok: false, cause: 'in_the_way', message: 'A file is where a folder belongs.' },
  EINVAL: {
    ok: false,
    cause: 'cannot',
    message: 'A folder cannot go into itself, nor take a name that the disk refuses.',
  },
  ENAMETOOLONG: { ok: false, cause: 'name_not_allowed', message: 'The name is too long for the disk.' },
  EACCES: {
    ok: false,
    cause: 'permission',
    message: 'The account of File Orbit may not change this folder.',
  },
  EPERM: { ok: false, cause: 'permission', message: 'The account of File Orbit may not change this.' },
  EROFS: { ok: false, cause: 'permission', message: 'The disk is mounted for reading only.' },
  ENOSPC: { ok: false, cause: 'disk_full', message: 'The disk is full.' },
  EDQUOT: {
    ok: false,
    cause: 'disk_full',
    message: 'The account of File Orbit has used up its share of the disk.',
  },
  EXDEV: { ok: false, cause: 'cannot', message: 'It is on another disk. Start a move there instead.' },
  EBUSY: { ok: false, cause: 'cannot', message: 'It is in use, such as a mounted disk.' },
}

/** What the disk refuses, as a refusal in words. */
export async function attempt<T>(deed: () => Promise<T>): Promise<T | Refused> {
  try {
    return await deed()
  } catch (error) {
    const known = words[(error as NodeJS.ErrnoException).code ?? '']
    if (known) return known
    throw error
  }
}
