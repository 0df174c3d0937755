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
  return { db: drizzle(sql), sql, close: () => sql.end({ timeout: 5 }) }
}
