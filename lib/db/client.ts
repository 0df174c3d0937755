import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Db = PostgresJsDatabase
/** A transaction, or the database itself where a verb is called outside one. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
export type Sql = postgres.Sql

/** One pool of connections: `db` for rows, `sql` for LISTEN and bulk writes. */
export type Database = { db: Db; sql: Sql; close(): Promise<void> }

/**
 * Connects lazily. `max` bounds the connections of this process: web 10, worker 6, so that several of each
 * stay under a small server's 100.
 */
export function connect(url: string, options: { max: number; name: string }): Database {
  const sql = postgres(url, {
    max: options.max,
    connection: { application_name: `file-orbit ${options.name}` },
    // A restart of Postgres must be noticed by calls, not waited out; postgres.js reconnects by itself.
    connect_timeout: 10,
    onnotice: () => {},
  })
  return { db: drizzle(prepared(sql)), sql, close: () => sql.end({ timeout: 5 }) }
}

/**
 * drizzle-orm 0.45 sends each statement unprepared, unless it was given a name: two round trips and a plan made
 * anew each time, half of what a short job costs. Statements without parameters stay as they are: scripts of
 * several cannot be prepared. A plan that a migration made stale is prepared again by postgres.js itself.
 */
function prepared<T extends Sql | postgres.TransactionSql>(client: T): T {
  return new Proxy(client, {
    get(target, key) {
      switch (key) {
        case 'unsafe':
          return (text: string, parameters: postgres.ParameterOrJSON<never>[] = [], options = {}) =>
            target.unsafe(text, parameters, { ...options, prepare: parameters.length > 0 })
        case 'begin':
          return (work: (tx: postgres.TransactionSql) => unknown) =>
            (target as Sql).begin((tx) => work(prepared(tx)))
        case 'savepoint':
          return (work: (tx: postgres.TransactionSql) => unknown) =>
            (target as postgres.TransactionSql).savepoint((tx) => work(prepared(tx)))
        default:
          return Reflect.get(target, key, target) as unknown
      }
    },
  })
}
