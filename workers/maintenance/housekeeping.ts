import { lt, sql } from 'drizzle-orm'
import { sweepQuestions } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { idempotencyKeys } from '#lib/db/schema/audit.ts'
import { log } from '#lib/log.ts'

const EVERY_MS = 10 * 60_000
const MONTHS_AHEAD = 2

/** Chores without a hurry: next months' partitions, old idempotency keys, questions nobody waits for. */
export function startHousekeeping(ctx: Context): () => void {
  const chores = async () => {
    try {
      await makePartitions(ctx)
      await ctx.db
        .delete(idempotencyKeys)
        .where(lt(idempotencyKeys.createdAt, sql`now() - interval '24 hours'`))
      await sweepQuestions({ ctx })
    } catch (error) {
      log.warn({ err: error instanceof Error ? error.message : String(error) }, 'could not keep house')
    }
  }
  void chores()
  const timer = setInterval(() => void chores(), EVERY_MS)
  return () => clearInterval(timer)
}

/** Made ahead: once a row of a month lies in the default partition, that month's cannot be made any more. */
async function makePartitions(ctx: Context): Promise<void> {
  await ctx.db.execute(sql`
    select ensure_month_partition(parent, now() + ahead * interval '1 month')
    from unnest(array['transfers', 'log_chunks']) as parent, generate_series(0, ${MONTHS_AHEAD}::int) as ahead`)
}
