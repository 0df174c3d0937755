import { lstat, type Stats } from 'node:fs'
import { opendir, realpath, statfs } from 'node:fs/promises'
import picomatch from 'picomatch'

/** What a file system can be trusted in. */
export type Disk = {
  /** Others may write to it too: nothing is heard of that, and its times are of another clock. */
  isShared: boolean
  /** A file keeps its inode number; elsewhere it is made up anew at each mount. */
  keepsInodes: boolean
}

// Magic numbers of statfs (linux/magic.h and each file system's own source).
const SHARED = new Set([
  ...[0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x5346414f, 0x00c36400, 0x0bd00bd0],
  ...[0x786f4256, 0x47504653, 0x01161970, 0x7461636f, 0x20030528, 0x73757245, 0x564c],
])
const KEEPS_INODES = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0x01021994, 0xf2f52010, 0xca451a4e, 0x794c7630],
])

/** Throws when nothing is there. macOS names its file systems otherwise: there only `polling` says it. */
export async function diskOf(path: string): Promise<Disk> {
  const type = Number((await statfs(path)).type) >>> 0
  if (process.platform !== 'linux') return { isShared: false, keepsInodes: true }
  return { isShared: SHARED.has(type), keepsInodes: KEEPS_INODES.has(type) }
}

/** What tells one version of a file from another. */
export function markOf({ size, mtimeMs, ino }: Stats, { keepsInodes }: Disk): string {
  return `${size}:${mtimeMs}:${keepsInodes ? ino : ''}`
}

/** A folder, and no other of the same name. */
export function identityOf({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

/** Names that programs write to at first, and those that no program means to be read. */
export const TEMPORARY: readonly string[] = [
  ...['*.part', '*.partial', '*.tmp', '*.temp', '*.filepart', '*.crdownload', '*.download', '*.!ut'],
  ...[
    '.~*',
    '~$*',
    '.nfs*',
    '.fuse_hidden*',
    '.smbdelete*',
    '*.swp',
    '.DS_Store',
    'Thumbs.db',
    'desktop.ini',
  ],
]

export function ignorer(patterns: readonly string[] = TEMPORARY): (name: string) => boolean {
  return picomatch([...patterns], { dot: true, nonegate: true })
}

/**
 * The facts of a name: null when nothing is there, the error's code when it cannot be told. By a callback: of many names
 * Node's promises take twice the time.
 */
export function factsOf(path: string): Promise<Stats | null | string> {
  return new Promise((resolve) => {
    lstat(path, (error, facts) => {
      if (error === null) resolve(facts)
      else resolve(error.code === 'ENOENT' || error.code === 'ENOTDIR' ? null : (error.code ?? 'EIO'))
    })
  })
}

/** Whether a link leads to a folder: someone who may write in a watched folder must not have others read by it. */
export async function isLinked(folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => null)
  return real !== null && real !== folder
}

export type Names = {
  names: string[]
  /** Those that are no UTF-8, as a person can read them: the other bytes as \xE9. */
  odd: string[]
}

/** What lies in a folder, in portions: one of a million files must not be held at once. */
export async function* namesIn(path: string, portion: number): AsyncGenerator<Names> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const folder = await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 })
  let found: Names = { names: [], odd: [] }
  for await (const entry of folder) {
    const name = entry.name as unknown as Buffer
    try {
      found.names.push(utf8.decode(name))
    } catch {
      found.odd.push(readable(name))
    }
    if (found.names.length + found.odd.length >= portion) {
      yield found
      found = { names: [], odd: [] }
    }
  }
  yield found
}

function readable(name: Buffer): string {
  return [...name]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${hex(byte)}`))
    .join('')
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

export function pathOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
