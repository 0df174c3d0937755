import type { Context } from '#lib/context.ts'
import { log } from '#lib/log.ts'
import { makePartitions } from '#lib/retention/partitions.ts'

/** The next months' partitions, made ahead; what lies in a default partition is moved to its month, or told. */
export async function keepPartitions(ctx: Context): Promise<void> {
  const { moved, left } = await makePartitions(ctx.db)
  for (const stray of moved)
    log.warn(stray, 'rows had fallen into the default partition; moved to their month')
  for (const stray of left) {
    log.error(
      stray,
      'rows lie in the default partition, of jobs whose ids name no possible month; no retention removes them',
    )
  }
}
