import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { UnavailableError } from '#lib/errors.ts'

/**
 * Below every system's range for outgoing connections (Linux from 32768, macOS from 49152): a client that
 * keeps trying a port in that range while its server is down can be given that very port as its own, connect
 * to itself and so keep the server out.
 */
const LOWEST = 15_000
const HIGHEST = 32_000

/** A loopback port that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if ((await portProblem('127.0.0.1', port)) === undefined) return port
  }
}

/** Why we could not listen there (the system's code, such as EADDRINUSE); undefined when we could. */
export async function portProblem(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    server.close()
  }
}

/**
 * Throws when the web server could not listen there. A browser may take `localhost` for ::1 before 127.0.0.1,
 * so a stranger on the same port of the other loopback address counts too.
 */
export async function checkPort(host: string, port: number): Promise<void> {
  const problem = await portProblem(host, port)
  const isTaken =
    problem === 'EADDRINUSE' || (host === '127.0.0.1' && (await portProblem('::1', port)) === 'EADDRINUSE')
  if (isTaken) {
    throw new UnavailableError(
      `Port ${port} is in use by another program. Stop it, or set PORT to a free one: PORT=${port + 1} npm start`,
    )
  }
  if (problem === 'EACCES') {
    throw new UnavailableError(`Port ${port} needs root. Set PORT to one from 1024 up.`)
  }
  if (problem) {
    throw new UnavailableError(
      `Cannot listen on ${host}, port ${port} (${problem}). Set HOST to an address of this machine.`,
    )
  }
}
