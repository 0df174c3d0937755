import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Refused } from '#lib/agents/protocol.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

/** Unix allows 104 bytes for a socket's path on macOS, 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 100
/** From the answer to the web's request there is nothing but its way back. */
const TICKET_MS = 60_000
/** Whoever neither sends nor takes a byte for so long is gone. */
const SILENT_MS = 60_000
const MOST_CONNECTIONS = 64

/** Serves one request, whose ticket was good. */
export type Passing = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * The private socket by which bytes of files pass between this worker and the web on the same machine: HTTP, so that a
 * body that was cut off is known as such. Nobody is let through without a ticket: 32 random bytes that the worker gives
 * in its answer to a question, good once and for a minute, for one file and one direction.
 *
 * As root the web runs as nobody and must be able to connect: the folder may be passed through but not read, the name
 * of the socket is random too. For any other user the socket is 0600.
 */
export class PassageServer {
  readonly socket: string
  readonly #server: Server
  readonly #tickets = new Map<string, { pass: Passing; timer: NodeJS.Timeout }>()

  private constructor(socket: string, server: Server) {
    this.socket = socket
    this.#server = server
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async open(dataDir: string): Promise<PassageServer> {
    const server = createServer({ requestTimeout: 0, headersTimeout: 5_000, keepAliveTimeout: 1 })
    server.maxConnections = MOST_CONNECTIONS
    server.setTimeout(SILENT_MS)
    const socket = await socketPath(dataDir)
    server.listen(socket)
    await once(server, 'listening')
    await chmod(socket, process.getuid?.() === 0 ? 0o666 : 0o600)
    return new PassageServer(socket, server)
  }

  /** Lets one request through, within a minute; `unused` is called when none came. */
  issue(pass: Passing, unused: () => void): string {
    const ticket = randomBytes(32).toString('base64url')
    const timer = setTimeout(() => {
      if (this.#tickets.delete(ticket)) unused()
    }, TICKET_MS).unref()
    this.#tickets.set(ticket, { pass, timer })
    return ticket
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await rm(this.socket, { force: true })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ticket = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const issued = this.#tickets.get(ticket)
    if (!issued) {
      refuse(response, {
        ok: false,
        cause: 'ticket',
        message: 'This ticket was used, is too old, or never was. Ask again.',
      })
      request.resume()
      return
    }
    // Before anything is waited for: a second use finds nothing.
    this.#tickets.delete(ticket)
    clearTimeout(issued.timer)
    try {
      await issued.pass(request, response)
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'a file did not pass')
      refuse(response, {
        ok: false,
        cause: 'unknown',
        message: 'File Orbit failed inside; the worker’s log has more.',
      })
    }
  }
}

/** Says why; where bytes are on their way already it cuts them off, which the other end sees. */
export function refuse(response: ServerResponse, refused: Refused): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(409, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(refused))
}

async function socketPath(dataDir: string): Promise<string> {
  const name = `${randomBytes(8).toString('hex')}.sock`
  const folder = join(dataDir, 'passage')
  if (Buffer.byteLength(join(folder, name)) > LONGEST_SOCKET_PATH) {
    const short = await mkdtemp(join(tmpdir(), 'file-orbit-'))
    await chmod(short, 0o711)
    return join(short, name)
  }
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o711)
  await removeDead(folder)
  return join(folder, name)
}

/** Sockets of workers that were killed. */
async function removeDead(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const socket = createConnection(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    if (!(await promise)) await rm(path, { force: true })
    socket.destroy()
  }
}
