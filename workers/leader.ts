import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { connect, type Database, type Tx } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

/** How often a candidate tries, and a leader shows the server that it lives. */
const BEAT_MS = 1000
/**
 * The server ends a session that said nothing for so long, and its lock is free: so a worker that is frozen, or whose
 * network is gone, loses the lead. Shorter, and a busy machine loses it for nothing.
 */
const SILENT_MS = 5000
/** First key of our advisory locks of leaders; the second says of what. */
const LOCKS = 74_010

/** Being the leader, from the election to its end. */
export type Term = {
  /** Aborted when the lead is lost or given up: nothing may act in its name any more. */
  signal: AbortSignal
  /**
   * Runs `work` over the very connection that holds the lock, after asking the server whether it does: what a former
   * leader writes is never committed. Throws LeadLostError.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

export class LeadLostError extends Error {}

export type LeaderOptions = {
  databaseUrl: string
  /** What is led, such as `watch <agent id>`; one of all workers leads it. */
  name: string
  /** Acts until the term's signal is aborted, then cleans up and resolves. */
  lead: (term: Term) => Promise<void>
}

/** Takes part in the election of one leader among all workers, by a session lock on a connection of its own. */
export class Leader {
  readonly #options: LeaderOptions
  readonly #closed = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: LeaderOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Gives the lead up, if it has it, and takes no part any more. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { databaseUrl, name } = this.#options
    const signal = this.#closed.signal
    while (!signal.aborted) {
      // A connection for each try that matters: the driver would take a lost one up again without the lock.
      const database = connect(databaseUrl, { max: 1, name: 'leader' })
      try {
        while (!signal.aborted && !(await elect(database, name))) await pause(BEAT_MS, signal)
        if (!signal.aborted) await this.#serve(database)
      } catch (error) {
        log.warn({ lead: name, err: messageOf(error) }, 'no election')
        await pause(BEAT_MS, signal)
      } finally {
        // Not waited for: a connection that hangs must not keep this worker from the next election.
        void database.close().catch(() => {})
      }
    }
  }

  async #serve(database: Database): Promise<void> {
    const { name, lead } = this.#options
    const term = new RunningTerm(database, name)
    const give = () => term.end('this worker is stopping')
    this.#closed.signal.addEventListener('abort', give, { once: true })
    if (this.#closed.signal.aborted) give()
    log.info({ lead: name }, 'leads')
    try {
      await lead(term)
    } finally {
      term.end('it has nothing to do')
      this.#closed.signal.removeEventListener('abort', give)
    }
  }
}

class RunningTerm implements Term {
  readonly #database: Database
  readonly #name: string
  readonly #end = new AbortController()
  readonly #beat: NodeJS.Timeout
  #provedAt = performance.now()
  #asking = false

  constructor(database: Database, name: string) {
    this.#database = database
    this.#name = name
    this.#beat = setInterval(() => void this.#prove(), BEAT_MS)
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  end(why: string): void {
    if (this.signal.aborted) return
    clearInterval(this.#beat)
    this.#end.abort()
    log.info({ lead: this.#name, why }, 'leads no more')
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#refuseLate()
    if (this.signal.aborted) throw new LeadLostError('Another worker may lead by now.')
    const result = await this.#database.db.transaction(async (tx) => {
      if (!(await holds(tx, this.#name))) {
        this.end('its connection was lost')
        throw new LeadLostError('Another worker may lead by now.')
      }
      this.#provedAt = performance.now()
      return work(tx)
    })
    this.#provedAt = performance.now()
    return result
  }

  async #prove(): Promise<void> {
    // First by our own clock: a process that was frozen must not even ask.
    this.#refuseLate()
    if (this.#asking || this.signal.aborted) return
    this.#asking = true
    try {
      const held = await holds(this.#database.db, this.#name)
      if (held) this.#provedAt = performance.now()
      else this.end('its connection was lost')
    } catch (error) {
      this.end(messageOf(error))
    } finally {
      this.#asking = false
    }
  }

  #refuseLate(): void {
    if (performance.now() - this.#provedAt > SILENT_MS)
      this.end('it could not prove for too long that it does')
  }
}

async function elect({ db }: Database, name: string): Promise<boolean> {
  const [row] = await db.execute<{ elected: boolean }>(sql`
    select set_config('idle_session_timeout', ${String(SILENT_MS)}, false),
      set_config('idle_in_transaction_session_timeout', ${String(SILENT_MS)}, false),
      pg_try_advisory_lock(${LOCKS}::int, ${keyOf(name)}::int) as elected`)
  return row?.elected ?? false
}

/** Whether this session, and no later one in its place, holds the lock. */
async function holds(db: Database['db'] | Tx, name: string): Promise<boolean> {
  const [row] = await db.execute<{ held: boolean }>(sql`
    select exists (select 1 from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())
      and classid = ${LOCKS}::int::oid and objid = ${keyOf(name)}::int::oid and objsubid = 2) as held`)
  return row?.held ?? false
}

/** 31 bits: positive as an int and as an oid alike. */
function keyOf(name: string): number {
  return createHash('md5').update(name).digest().readUInt32BE() >>> 1
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {})
}
