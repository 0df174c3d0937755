import { lt, sql } from 'drizzle-orm'
import { sweepQuestions } from '#lib/agents/questions.ts'
import { sweepWorkers } from '#lib/agents/register-worker.ts'
import type { Context } from '#lib/context.ts'
import { idempotencyKeys } from '#lib/db/schema/audit.ts'
import { sweepSessions } from '#lib/users/sign-in.ts'
import { sweepInvitations } from '#lib/users/sweep-invitations.ts'

/** Rows that nobody asks for any more: old idempotency keys, questions, sign-ins, invitations and worker processes. */
export async function sweepLeftovers(ctx: Context): Promise<void> {
  await ctx.db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, sql`now() - interval '24 hours'`))
  await sweepQuestions({ ctx })
  await sweepSessions({ ctx })
  await sweepInvitations({ ctx })
  await sweepWorkers({ ctx })
}
