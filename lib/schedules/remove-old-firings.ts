import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'

/** Removed in one statement. */
const A_BATCH = 5000

/** Removes what is written of firings that were due before the months that are kept, as jobs are. Returns how many. */
export async function removeOldFirings({
  ctx,
  keepMonths,
}: {
  ctx: Context
  keepMonths: number
}): Promise<number> {
  requireAgent(ctx.actor)
  if (keepMonths === 0) return 0
  for (let removed = 0; ; ) {
    const rows = await ctx.db.execute(sql`
      delete from firings where ctid = any (array(
        select ctid from firings
        where due_at < date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - make_interval(months => ${keepMonths}::int)
        limit ${A_BATCH}))
      returning 1`)
    removed += rows.length
    if (rows.length < A_BATCH) return removed
  }
}
