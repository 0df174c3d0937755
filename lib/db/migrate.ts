import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { UnavailableError } from '#lib/errors.ts'
import { installQueue } from '#lib/queue/boss.ts'
import { whyNotUsable } from './check-server.ts'

const folder = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** What drizzle-kit wrote of the migrations in that folder. */
const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as {
  entries: { when: number }[]
}

/** Any fixed number; it names the lock that all migrators of one database share. */
const MIGRATION_LOCK = 720_401_873

/**
 * Brings the database to this version's schema, ours and the queue's. Safe to call from several processes at
 * once: they take turns under an advisory lock (two drizzle migrators on a fresh database trample each other).
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const why = await whyNotUsable(databaseUrl)
  if (why) throw new UnavailableError(why)
  // One connection: an advisory lock belongs to the connection that took it.
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`
    await refuseNewer(sql)
    const db = drizzle(sql)
    await applyMigrations(db, { migrationsFolder: folder })
    await installQueue(db)
    await sql`select pg_advisory_unlock(${MIGRATION_LOCK})`
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** An older version would write rows that a newer schema does not mean, and say nothing. */
async function refuseNewer(sql: postgres.Sql): Promise<void> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`
  if (!table?.name) return
  const [latest] = await sql<
    { at: string | null }[]
  >`select max(created_at) as at from drizzle.__drizzle_migrations`
  const ours = Math.max(...journal.entries.map(({ when }) => when))
  if (Number(latest?.at ?? 0) <= ours) return
  throw new UnavailableError(
    'The database was brought to a newer version of File Orbit than this one. Start that version, or restore a ' +
      'backup from before.',
  )
}
