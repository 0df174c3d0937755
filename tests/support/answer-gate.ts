import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Later } from './later.ts'

/** PostgreSQL's answer to COMMIT: CommandComplete with its length and tag (protocol 3). */
const COMMITTED = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1')

export type AnswerGate = {
  /** The database's URL by way of this gate. */
  url: string
  /**
   * From now on the answer to the next COMMIT of one connection (by its port, as `pg_stat_activity` has it), and
   * all that follows it, is kept back: the database has committed and its client does not know. Resolves when
   * that has happened.
   */
  holdCommitOf(port: number): Promise<void>
  /** Cuts every connection, what is held back included; new ones pass. */
  cut(): void
  /** Nothing passes any more, in no connection, and nobody is told: as with a cable that is out. */
  darken(): void
  /** Every connection is cut, and new ones pass. */
  lighten(): void
}

/** A way to PostgreSQL that can keep an answer back. Plain TCP, as on loopback. */
export async function openAnswerGate(databaseUrl: string, later: Later): Promise<AnswerGate> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let dark = false
  const toHold = new Map<number, () => void>()
  const server = createServer((client) => {
    const backend = connect(Number(target.port), target.hostname)
    let held = false
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (!dark) backend.write(chunk)
    })
    backend.on('data', (chunk) => {
      if (dark) return
      const onHeld = toHold.get(backend.localPort ?? 0)
      if (onHeld && chunk.includes(COMMITTED)) {
        held = true
        onHeld()
      }
      if (!held) client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  later(async () => {
    cut()
    server.close()
  })
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    holdCommitOf: (port) =>
      new Promise((resolve) => {
        toHold.set(port, resolve)
      }),
    cut,
    darken() {
      dark = true
    },
    lighten() {
      dark = false
      cut()
    },
  }
}
