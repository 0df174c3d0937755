import { sql } from 'drizzle-orm'
import type { Db, Tx } from './client.ts'

/** The database's own time, of the transaction where there is one: the clocks of web and workers may be wrong. */
export async function databaseNow(db: Db | Tx): Promise<Date> {
  const [row] = await db.execute<{ ms: number }>(sql`select (extract(epoch from now()) * 1000)::float8 as ms`)
  return new Date(row!.ms)
}
