import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { testAnswerSchema } from '#lib/agents/protocol.ts'
import type { Context } from '#lib/context.ts'
import { endpointHealth } from '#lib/db/schema/endpoints.ts'

/** Keeps what a test of a saved endpoint found: the latest success and the latest failure, each on its own. */
export async function keepTestResult(
  ctx: Context,
  endpointId: string,
  { ok, stages, facts }: z.infer<typeof testAnswerSchema>,
): Promise<void> {
  const failed = stages.find((stage) => !stage.ok)
  const found = ok
    ? { passedAt: sql`now()`, ...(facts && { facts, factsAt: sql`now()` }) }
    : { failedAt: sql`now()`, failedCause: failed?.cause ?? null, failedMessage: failed?.message ?? null }
  await ctx.db
    .insert(endpointHealth)
    .values({ endpointId, ...found })
    .onConflictDoUpdate({ target: endpointHealth.endpointId, set: found })
}
