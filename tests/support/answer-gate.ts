import type { Later } from './later.ts'
import { openTcpGate, type TcpGate } from './tcp-gate.ts'

/** PostgreSQL's answer to COMMIT: CommandComplete with its length and tag (protocol 3). */
const COMMITTED = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1')

export type AnswerGate = Pick<TcpGate, 'cut' | 'darken' | 'lighten'> & {
  /** The database's URL by way of this gate. */
  url: string
  /**
   * From now on the answer to the next COMMIT of one connection (by its port, as `pg_stat_activity` has it), and
   * all that follows it, is kept back: the database has committed and its client does not know. Resolves when
   * that has happened. Cutting cuts it as well.
   */
  holdCommitOf(port: number): Promise<void>
}

/** A way to PostgreSQL that can keep an answer back. Plain TCP, as on loopback. */
export async function openAnswerGate(databaseUrl: string, later: Later): Promise<AnswerGate> {
  const target = new URL(databaseUrl)
  const toHold = new Map<number, () => void>()
  const held = new Set<number>()
  const gate = await openTcpGate(
    { host: target.hostname, port: Number(target.port) },
    later,
    (port, chunk) => {
      const onHeld = toHold.get(port)
      if (onHeld && chunk.includes(COMMITTED)) {
        held.add(port)
        toHold.delete(port)
        onHeld()
      }
      return !held.has(port)
    },
  )
  const url = new URL(databaseUrl)
  url.port = String(gate.port)
  return {
    ...gate,
    url: url.href,
    holdCommitOf: (port) =>
      new Promise((resolve) => {
        toHold.set(port, resolve)
      }),
  }
}
