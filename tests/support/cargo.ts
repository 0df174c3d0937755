import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { standardPath } from '#workers/rclone/names.ts'
import { plant } from './files.ts'

const MiB = 1024 * 1024
export const LARGE = 200 * MiB

/** Small, empty, named in many ways, deep, and names that some storage spells otherwise. */
const usual: Record<string, string> = {
  'small.txt': 'small',
  empty: '',
  'folder/empty too': '',
  'Ünïcode ☃ 日本/ä b.txt': 'unicode',
  'emoji 🎬.mov': 'emoji',
  // One letter or two: the same to the eye, two names on Linux.
  'composed é.txt': 'one',
  'a/b/c/d/e/f/g/h/deep.txt': 'deep',
  ' blank before': 'blank',
  'a"quote*star?.txt': 'spelled otherwise on SMB',
  'less<more>pipe|colon:.txt': 'too',
  'back\\slash': 'and this',
  'dot at its end.': 'dot',
  'blank at its end ': 'blank',
  'dots./in a folder./x': 'dots',
  'line\nbreak.txt': 'newline',
  '-dash': 'dash',
  '#hash;semicolon': 'filters',
  '[brackets]{braces}': 'globs',
  '%41 percent+plus&amp;': 'urls',
}

export type Cargo = {
  folder: string
  /** Paths as rclone writes them, with sizes. */
  sizes: Record<string, number>
  bytes: number
  count: number
}

/**
 * The tree of the matrix in `folder`; with `large` one file of 200 MiB that no compression makes smaller. One name is
 * `longest` bytes long: crypt makes names longer by six tenths.
 */
export async function plantCargo(
  folder: string,
  { large, longest = 240 }: { large: boolean; longest?: number },
): Promise<Cargo> {
  const files = { ...usual, ['n'.repeat(longest)]: 'long' }
  await plant(folder, files)
  const exact = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, Buffer.byteLength(text)]),
  )
  if (large) {
    writeLarge(join(folder, 'large.bin'))
    exact['large.bin'] = LARGE
  }
  const sizes = Object.fromEntries(Object.entries(exact).map(([path, size]) => [standardPath(path), size]))
  const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0)
  return { folder, sizes, bytes, count: Object.keys(sizes).length }
}

/** Each MiB another one, so that parts that were swapped or left out are found. */
function writeLarge(path: string): void {
  const fd = openSync(path, 'w')
  const block = Buffer.alloc(MiB)
  for (let at = 0; at < MiB; at += 32) createHash('sha256').update(`${at}`).digest().copy(block, at)
  for (let n = 0; n < LARGE / MiB; n += 1) {
    block.writeUInt32BE(n)
    writeSync(fd, block)
  }
  closeSync(fd)
}
