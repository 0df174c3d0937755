import { sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { eventKeys, objectHeads } from '#lib/db/schema/events.ts'

/** A queue keeps messages for 14 days at most, and a listing looks back 30: nothing older comes again. */
const KEPT_DAYS = 60
const AT_ONCE = 50_000

/** What tells events from their repetitions, when none can come any more. */
export async function forgetKeys(ctx: Context): Promise<void> {
  for (const table of [eventKeys, objectHeads]) {
    for (let removed = AT_ONCE; removed === AT_ONCE; ) {
      const rows = await ctx.db.execute(sql`
        with old as (select ctid from ${table} where at < now() - make_interval(days => ${KEPT_DAYS}) limit ${AT_ONCE})
        delete from ${table} where ctid in (select ctid from old) returning 1`)
      removed = rows.length
    }
  }
}
