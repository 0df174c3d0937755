import { spawnSync } from 'node:child_process'
import { openSync, readSync, writeSync } from 'node:fs'

// A file system of the kernel's FUSE that answers a folder of one file, or nothing at all. A process of its own:
// reading what the kernel asks blocks. Numbers and layouts are those of the kernel's include/uapi/linux/fuse.h.

const [folder = '', what = 'all'] = process.argv.slice(2)
const device = openSync('/dev/fuse', 'r+')
const options = `fd=3,rootmode=40000,user_id=0,group_id=0,allow_other`
const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'file-orbit-test', folder], {
  stdio: ['ignore', 'ignore', 'inherit', device],
})
if (mounted.status !== 0) process.exit(1)
process.send!('mounted')

const LOOKUP = 1
const GETATTR = 3
const INIT = 26
const OPENDIR = 27
const READDIR = 28
const RELEASEDIR = 29
/** The kernel then asks in an older way. */
const NOT_KNOWN = -38
const DIRECTORY = 0o40755

function answer(unique: bigint, body: Buffer, error = 0): void {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(16 + body.length, 0)
  head.writeInt32LE(error, 4)
  head.writeBigUInt64LE(unique, 8)
  writeSync(device, Buffer.concat([head, body]))
}

function initAnswer(): Buffer {
  const body = Buffer.alloc(64)
  body.writeUInt32LE(7, 0)
  body.writeUInt32LE(31, 4)
  body.writeUInt32LE(65_536, 20)
  return body
}

/** Never valid for longer than the answer: each look is asked anew. */
function folderAttributes(): Buffer {
  const body = Buffer.alloc(104)
  body.writeBigUInt64LE(1n, 16)
  body.writeUInt32LE(DIRECTORY, 76)
  body.writeUInt32LE(2, 80)
  return body
}

function listing(offset: bigint): Buffer {
  if (offset > 0n) return Buffer.alloc(0)
  const body = Buffer.alloc(32)
  body.writeBigUInt64LE(2n, 0)
  body.writeBigUInt64LE(1n, 8)
  body.writeUInt32LE(1, 16)
  body.writeUInt32LE(8, 20)
  body.write('f', 24)
  return body
}

const request = Buffer.alloc(128 * 1024)
if (what === 'all') setInterval(() => {}, 60_000)
else {
  for (;;) {
    readSync(device, request)
    const unique = request.readBigUInt64LE(8)
    switch (request.readUInt32LE(4)) {
      case INIT:
        answer(unique, initAnswer())
        break
      case GETATTR:
        answer(unique, folderAttributes())
        break
      case OPENDIR:
        answer(unique, Buffer.alloc(16))
        break
      case READDIR:
        answer(unique, listing(request.readBigUInt64LE(48)))
        break
      case RELEASEDIR:
        answer(unique, Buffer.alloc(0))
        break
      case LOOKUP:
        // Whoever asked waits for ever.
        break
      default:
        answer(unique, Buffer.alloc(0), NOT_KNOWN)
    }
  }
}
