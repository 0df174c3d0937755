import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { installQueue } from '#lib/queue/boss.ts'

const folder = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Any fixed number; it names the lock that all migrators of one database share. */
const MIGRATION_LOCK = 720_401_873

/**
 * Brings the database to this version's schema, ours and the queue's. Safe to call from several processes at
 * once: they take turns under an advisory lock (two drizzle migrators on a fresh database trample each other).
 */
export async function migrate(databaseUrl: string): Promise<void> {
  // One connection: an advisory lock belongs to the connection that took it.
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`
    const db = drizzle(sql)
    await applyMigrations(db, { migrationsFolder: folder })
    await installQueue(db)
    await sql`select pg_advisory_unlock(${MIGRATION_LOCK})`
  } finally {
    await sql.end({ timeout: 5 })
  }
}
