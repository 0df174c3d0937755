import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname, join, posix } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Refused } from '#lib/agents/protocol.ts'
import { statPath } from '../rclone/places.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { attempt, moveInto, taken } from './local-deeds.ts'
import { realParent } from './real-place.ts'
import { deleteFile, moveFile } from './remote-deeds.ts'

type Landed = { ok: true; size: number } | Refused
type Roots = readonly string[] | null

/** What rclone keeps beside a file while it writes to a storage that takes no stream. */
const SPARE_BYTES = 64 * 1024 * 1024

/** Whether something of that name is there already, in words; null where it may be written. */
export async function whyTaken(slot: Slot, place: Place, overwrite: boolean): Promise<Refused | null> {
  const kind = await statPath(slot, place)
  if (kind === 'missing') return null
  if (kind !== 'file') return { ok: false, cause: 'in_the_way', message: 'A folder of that name is there.' }
  return overwrite ? null : taken()
}

/** Takes the request's body in beside its place and moves it there when it is whole. */
export async function receiveLocal(
  place: Place,
  roots: Roots,
  overwrite: boolean,
  request: IncomingMessage,
): Promise<Landed> {
  const at = await realParent(place, roots)
  if ('cause' in at) return at
  const aside = join(at.folder, asideName())
  return attempt(async () => {
    await mkdir(at.folder, { recursive: true })
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const file = await open(aside, flags, 0o666)
    try {
      const size = await pourInto(request, file.createWriteStream({ flush: true, autoClose: true }))
      if (size === null) return cut()
      // Links resolved again: the body may have taken hours.
      const now = await realParent(place, roots)
      if ('cause' in now) return now
      if (now.path !== at.path) return cut()
      if (overwrite) await replace(aside, at.path)
      else await moveInto(aside, at.path)
      return { ok: true, size }
    } finally {
      await file.close().catch(() => {})
      await rm(aside, { force: true })
    }
  })
}

/** Over a file, never over a link or a device of that name. */
async function replace(from: string, to: string): Promise<void> {
  const there = await lstat(to).catch(() => null)
  if (there && !there.isFile()) throw Object.assign(new Error('it is no file'), { code: 'EEXIST' })
  await rename(from, to)
}

/**
 * The same for a storage, by rclone's own upload call. A body that was cut off is ended in good order and what came of
 * it is deleted: rclone takes a short stream for a short file.
 */
export async function receiveRemote(
  slot: Slot,
  place: Place,
  { overwrite, streams, request }: { overwrite: boolean; streams: boolean; request: IncomingMessage },
): Promise<Landed> {
  const noRoom = streams ? null : await whyNoRoom(slot, request)
  if (noRoom) return noRoom
  const folder = posix.dirname(place.path)
  const aside = { ...place, path: posix.join(folder, asideName()) }
  // One that may be refreshed is read back under its own name (token-keeper.ts): here too, or a new token is lost.
  const remote = place.remote ?? 'upload'
  if (!place.remote) await slot.remotes.define(remote, place.type, place.settings ?? {})
  const fs = `${remote}:${fullPath(place, folder === '.' ? '' : folder)}`
  const boundary = randomBytes(16).toString('hex')
  const call = slot.open(
    'operations/uploadfile',
    { fs, remote: '' },
    `multipart/form-data; boundary=${boundary}`,
  )
  // Awaited below; a refusal may come while the body is still on its way.
  call.done.catch(() => {})
  const name = posix.basename(aside.path)
  call.body.write(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  )
  // An early refusal ends the call's connection: what is still to come has nowhere to go, and the answer says why.
  const size = await pourInto(request, call.body, false)
  if (!call.body.destroyed) call.body.end(`\r\n--${boundary}--\r\n`)
  try {
    await call.done
    if (size === null) return cut()
    const there = await whyTaken(slot, place, overwrite)
    if (there) return there
    await moveFile(slot, aside, place)
    return { ok: true, size }
  } finally {
    // After a good move there is none.
    await deleteFile(slot, aside).catch(() => {})
  }
}

/** How many bytes went in; null when the body was cut off, or the other end did not take it. */
async function pourInto(
  request: IncomingMessage,
  into: NodeJS.WritableStream,
  end = true,
): Promise<number | null> {
  let size = 0
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length
      done(null, chunk)
    },
  })
  try {
    await pipeline(request, count, into, { end })
    return request.complete ? size : null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The disk's own refusal is told as such; a broken connection is a cut.
    if (code?.startsWith('E') && !['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) {
      if (!code.startsWith('ERR_')) throw error
    }
    return null
  }
}

/** rclone writes the whole to its temporary folder first where a storage must be told the size before. */
async function whyNoRoom(slot: Slot, request: IncomingMessage): Promise<Refused | null> {
  const length = Number(request.headers['content-length'] ?? Number.NaN)
  if (Number.isNaN(length)) {
    return {
      ok: false,
      cause: 'cannot',
      message: 'This storage must know the size first: send Content-Length.',
    }
  }
  const disk = await statfs(dirname(slot.folder))
  if (disk.bavail * disk.bsize > length + SPARE_BYTES) return null
  return {
    ok: false,
    cause: 'disk_full',
    message: 'The worker’s own disk has no room for the file, which must pass over it.',
  }
}

/** Tells who left it, should a worker be killed in between. */
function asideName(): string {
  return `.file-orbit-upload-${randomBytes(6).toString('hex')}`
}

function cut(): Refused {
  return {
    ok: false,
    cause: 'cut',
    message: 'The connection broke before the whole file was there. Nothing was kept.',
  }
}
