import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Refused } from '#lib/agents/protocol.ts'
import { messageOf } from '#lib/errors.ts'
import { reasonOf } from '../rclone/outcome.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { attempt } from './local-deeds.ts'
import { refuse } from './passage-server.ts'
import { openReal, realPlace } from './real-place.ts'
import { split } from './split.ts'

type Roots = readonly string[] | null

/** Sends a local file, or the range of it that is asked for. */
export async function sendLocal(
  place: Place,
  roots: Roots,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = await realPlace(place, roots)
  if ('cause' in at) return refuse(response, at)
  const file = await attempt(() => openReal(at.real, place.root))
  if (file === null) return refuse(response, notFile())
  if ('cause' in file) return refuse(response, file)
  try {
    const { size, mtime } = await file.stat()
    const range = rangeOf(request.headers.range, size)
    const headers = { 'accept-ranges': 'bytes', 'last-modified': mtime.toUTCString() }
    if (range === 'none') {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${size}` }).end()
      return
    }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    response.writeHead(range ? 206 : 200, {
      ...headers,
      'content-length': end - start + 1,
      ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
    })
    if (size === 0) response.end()
    // A file that shrinks meanwhile sends fewer bytes than were said, and the other end knows.
    else await pipeline(file.createReadStream({ start, end, autoClose: false }), response)
  } catch {
    response.destroy()
  } finally {
    await file.close()
  }
}

/** One range, as browsers and resuming clients ask; of several, or none that can be read, the whole file. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | 'none' | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!parts || (parts[1] === '' && parts[2] === '')) return null
  const [first, last] = [parts[1]!, parts[2]!]
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end ? 'none' : { start, end }
}

/**
 * Sends a file of a storage. Its rclone serves the one folder by HTTP on a private Unix socket in its own 0700 folder,
 * with a password that nobody else has, for as long as this takes (docs/decisions/0020).
 */
export async function sendRemote(
  slot: Slot,
  place: Place,
  hidden: (text: string) => string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const socketPath = join(slot.folder, `serve-${randomBytes(4).toString('hex')}`)
  const password = randomBytes(24).toString('hex')
  const { fs, name } = split(place)
  const params = {
    ...{ type: 'http', addr: `unix://${socketPath}`, user: 'worker', pass: password, fs },
    // What is read goes through; nothing is kept on this disk.
    ...{ read_only: true, vfs_cache_mode: 'off', poll_interval: '0s' },
  }
  try {
    await slot.call('serve/start', params)
    const { range } = request.headers
    const asked = httpRequest({
      ...{ socketPath, path: `/${encodeURIComponent(name)}`, agent: false },
      headers: {
        ...{ host: 'rclone', authorization: `Basic ${Buffer.from(`worker:${password}`).toString('base64')}` },
        ...(range && { range }),
      },
    })
    response.once('close', () => asked.destroy())
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const status = answer.statusCode ?? 500
    if (![200, 206, 416].includes(status)) {
      answer.resume()
      refuse(response, status === 404 ? notFile() : unread())
      return
    }
    const kept = ['content-length', 'content-range', 'accept-ranges', 'last-modified']
    response.writeHead(
      status,
      Object.fromEntries(kept.flatMap((key) => (answer.headers[key] ? [[key, answer.headers[key]]] : []))),
    )
    await pipeline(answer, response)
  } catch (error) {
    const { cause, message } = reasonOf(messageOf(error))
    refuse(response, { ok: false, cause, message: hidden(message) })
  } finally {
    await slot.call('serve/stopall').catch(() => slot.doubt())
  }
}

function notFile(): Refused {
  return { ok: false, cause: 'source_missing', message: 'There is no such file (any more).' }
}

function unread(): Refused {
  return {
    ok: false,
    cause: 'network',
    message: 'The storage did not give the file. Try again, or test the endpoint.',
  }
}
