import { connect, createServer, type Socket } from 'node:net'

export type Wire = {
  /** The database's URL by way of the counter. */
  url: string
  /** Since the last call: statements executed, and how often the client waited for the server. */
  take(): { statements: number; roundTrips: number }
  close(): void
}

/** A way to the database that counts what passes: the wire's own account of a verb, whatever libraries do. */
export async function countingWire(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let statements = 0
  let roundTrips = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname)
    let waiting = false
    const parse = frontendParser((type) => {
      if (type === 'Q' || type === 'E') statements += 1
    })
    client.on('data', (chunk) => {
      if (!waiting) roundTrips += 1
      waiting = true
      parse(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      waiting = false
      client.write(chunk)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.setNoDelay().on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    take() {
      const taken = { statements, roundTrips }
      statements = 0
      roundTrips = 0
      return taken
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Splits what a client sends into messages: a type and a length; the first of all has no type. */
function frontendParser(saw: (type: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  let started = false
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const head = started ? 1 : 0
      if (rest.length < head + 4) return
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return
      if (started) saw(String.fromCharCode(rest[0]!))
      started = true
      rest = rest.subarray(length)
    }
  }
}
