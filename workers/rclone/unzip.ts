import { inflateRawSync } from 'node:zlib'

const END = 0x06054b50
const ENTRY = 0x02014b50
const DEFLATED = 8
/** The longest comment a zip file may end with, and the record before it. */
const END_SEARCH = 65_535 + 22

/**
 * The one file of a zip archive whose path ends in `ending`. Enough for a release archive of a known
 * checksum: no encryption, no archives or entries above 4 GiB. Throws when it is not there or not whole.
 */
export function unzipOne(archive: Buffer, ending: string): Buffer {
  const tail = Math.max(0, archive.length - END_SEARCH)
  let end = archive.length - 22
  while (end >= tail && archive.readUInt32LE(end) !== END) end -= 1
  if (end < tail) throw new Error('not a zip archive')
  let at = archive.readUInt32LE(end + 16)
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error('the zip archive is damaged')
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    if (name.endsWith(ending)) return contentOf(archive, at)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`the zip archive has no ${ending}`)
}

function contentOf(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const packed = archive.readUInt32LE(entry + 20)
  const size = archive.readUInt32LE(entry + 24)
  const header = archive.readUInt32LE(entry + 42)
  // The local header repeats name and extra field, with lengths of its own.
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const bytes = archive.subarray(start, start + packed)
  const content = method === DEFLATED ? inflateRawSync(bytes, { maxOutputLength: size }) : bytes
  if (content.length !== size) throw new Error('the zip archive is cut off')
  return content
}
