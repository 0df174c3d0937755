import { type SQL, sql } from 'drizzle-orm'

/** The messages of a queue that nobody has taken yet, as a table of their `data`: for whoever looks for what has none. */
export function waitingMessages(queue: string): SQL {
  return sql`(select data from pgboss.job where name = ${queue} and state in ('created', 'retry', 'active'))`
}
