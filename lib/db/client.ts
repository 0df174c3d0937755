import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { isLost } from './trouble.ts'

export type Db = PostgresJsDatabase
/** A transaction; what may be called outside one takes `Db | Tx`. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
export type Sql = postgres.Sql

/** One pool of connections: `db` for rows, `sql` for LISTEN and bulk writes. */
export type Database = { db: Db; sql: Sql; close(): Promise<void> }

/** Shorter than a lease (10 s): by then the rows of whoever holds it can be had. */
const STALLED_MS = 8000

/**
 * Connects lazily. `max` bounds the connections of this pool: web 10, worker 8 and 2 for schedules, so that
 * several of each stay under a small server's 100. The one that listens is not among them, nor a worker's five of pg-boss
 * and its leaders.
 */
export function connect(url: string, options: { max: number; name: string }): Database {
  const sql = postgres(url, {
    max: options.max,
    connection: {
      application_name: `file-orbit ${options.name}`,
      // A process that is frozen or cut off in the middle of a transaction would keep its rows locked for hours, and
      // with them the work that others are to rescue. None of ours waits for anything but the database within one.
      idle_in_transaction_session_timeout: STALLED_MS,
    },
    // A restart of Postgres must be noticed by calls, not waited out; postgres.js reconnects by itself.
    connect_timeout: 10,
    // By default the driver waits up to 20 s before it tries again: longer than a lease, and than anybody waits
    // for an answer.
    backoff: (tries) => Math.min(0.05 * 2 ** tries, 0.5),
    onnotice: () => {},
  })
  return { db: drizzle(prepared(sql)), sql, close: () => sql.end({ timeout: 5 }) }
}

/** Of one transaction: whether its connection is gone. */
type Life = { lost: boolean }

/**
 * drizzle-orm 0.45 sends each statement unprepared, unless it was given a name: two round trips and a plan made
 * anew each time, half of what a short job costs. Statements without parameters stay as they are: scripts of
 * several cannot be prepared. A plan that a migration made stale is prepared again by postgres.js itself.
 *
 * And postgres.js 3.4.9 must not be spoken to over a connection in the moment that it dies: the statement would
 * stay in its buffer, throw outside of any promise, run outside of its transaction, or keep each later connection
 * in that place from ever being made (its issues 1154, 1186 and 1208). So whoever lost a connection hears of it
 * a little later, a lost transaction is not rolled back, and nothing more is sent in it.
 */
function prepared<T extends Sql | postgres.TransactionSql>(client: T, life?: Life): T {
  return new Proxy(client, {
    get(target, key) {
      switch (key) {
        case 'unsafe':
          return (text: string, parameters: postgres.ParameterOrJSON<never>[] = [], options = {}) =>
            calm(target.unsafe(text, parameters, { ...options, prepare: parameters.length > 0 }), life)
        case 'begin':
          return (work: (tx: postgres.TransactionSql) => unknown) => transaction(target as Sql, work)
        case 'savepoint':
          return (work: (tx: postgres.TransactionSql) => unknown) =>
            (target as postgres.TransactionSql).savepoint((tx) => work(prepared(tx, life)))
        default:
          return Reflect.get(target, key, target) as unknown
      }
    },
  })
}

function transaction(client: Sql, work: (tx: postgres.TransactionSql) => unknown): Promise<unknown> {
  const life: Life = { lost: false }
  const run = async (tx: postgres.TransactionSql) => {
    try {
      return await work(prepared(tx, life))
    } catch (error) {
      // Settled here, the driver would send a rollback. It has rejected the transaction as such already.
      if (life.lost) await new Promise(() => {})
      throw error
    }
  }
  return calmly(client.begin(run), life)
}

/** Longer than the turn in which all connections of a server that went down are seen to be closed. */
const CALM_MS = 20

/** drizzle awaits a statement or its `values()`; it is sent then and not before. */
function calm(statement: postgres.PendingQuery<postgres.Row[]>, life?: Life): unknown {
  return new Proxy(statement, {
    get(target, key) {
      switch (key) {
        case 'then':
          return (...done: Parameters<Promise<unknown>['then']>) => calmly(target, life).then(...done)
        case 'values':
          return () => calmly(target.values(), life)
        default:
          return Reflect.get(target, key, target) as unknown
      }
    },
  })
}

async function calmly<T>(statement: PromiseLike<T>, life?: Life): Promise<T> {
  if (life?.lost) throw Object.assign(new Error('The connection was lost.'), { code: 'CONNECTION_CLOSED' })
  try {
    return await statement
  } catch (error) {
    if (isLost(error)) {
      if (life) life.lost = true
      await new Promise((resolve) => setTimeout(resolve, CALM_MS))
    }
    throw error
  }
}
