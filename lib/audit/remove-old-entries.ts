import { sql } from 'drizzle-orm'
import { type Context, requireAgent, systemActor } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { recordAudit } from './record.ts'

/** Removed in one transaction: some 100 ms. */
const A_BATCH = 5000
/** The first removal after years goes on at the next round: other chores wait behind this one. */
const BATCHES_A_ROUND = 200

/**
 * Removes the audit entries that were written before the last `keepMonths` whole months, oldest first, in batches,
 * and writes one that says how many. Returns how many they were. Two workers at once take different ones.
 */
export async function removeOldEntries({
  ctx,
  keepMonths,
}: {
  ctx: Context
  keepMonths: number
}): Promise<number> {
  requireAgent(ctx.actor)
  if (keepMonths === 0) return 0
  const [{ before } = { before: '' }] = await ctx.db.execute<{ before: string }>(sql`
    select ((date_trunc('month', now() at time zone 'UTC') - make_interval(months => ${keepMonths}))
      at time zone 'UTC')::text as before`)
  let removed = 0
  for (let batch = 0; batch < BATCHES_A_ROUND; batch += 1) {
    const gone = await ctx.db.execute(sql`
      delete from ${auditEntries} where id in (
        select id from ${auditEntries} where at < ${before}::timestamptz
        order by at limit ${A_BATCH} for update skip locked)`)
    removed += gone.count
    if (gone.count < A_BATCH) break
  }
  if (removed > 0) {
    await ctx.db.transaction((tx) =>
      recordAudit(tx, systemActor('retention'), {
        action: 'retention.remove_audit',
        detail: { entries: removed, before },
      }),
    )
  }
  return removed
}
