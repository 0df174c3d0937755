import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Later } from './later.ts'

export type TcpGate = {
  port: number
  /** Closes every connection; new ones pass. */
  cut(): void
  /** The same with a reset. */
  reset(): void
  /** Nothing passes any more, in no connection, and nobody is told: as with a cable that is out. */
  darken(): void
  /** Every connection is cut, and new ones pass. */
  lighten(): void
  /** From now on no connection carries more either way. */
  slow(bytesASecond: number): void
}

/** A way to a server of this machine. `mayAnswer` sees what the server says in the connection from its port `port`. */
export async function openTcpGate(
  target: { host: string; port: number },
  later: Later,
  mayAnswer: (port: number, chunk: Buffer) => boolean = () => true,
): Promise<TcpGate> {
  const sockets = new Set<Socket>()
  let dark = false
  let rate: number | null = null
  const server = createServer((client) => {
    const backend = connect(target.port, target.host)
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
      one.on('data', (chunk) => {
        if (dark || (one === backend && !mayAnswer(backend.localPort ?? 0, chunk))) return
        const isFull = !other.write(chunk)
        if (rate !== null) {
          one.pause()
          setTimeout(() => one.resume(), (chunk.length / rate) * 1000)
        } else if (isFull) {
          one.pause()
          other.once('drain', () => one.resume())
        }
      })
    }
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
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    darken() {
      dark = true
    },
    lighten() {
      dark = false
      cut()
    },
    slow(bytesASecond) {
      rate = bytesASecond
    },
  }
}
