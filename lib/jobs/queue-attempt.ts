import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { notify } from '#lib/live/channel.ts'
import type { JobRow } from './transition.ts'

/**
 * Writes attempt `job.attempt` of a job and its message, in the caller's transaction, and wakes the workers.
 * With `startAfter` the message is deferred: that is the back-off.
 */
export async function queueAttempt(
  tx: Tx,
  ctx: Pick<Context, 'queue'>,
  job: Pick<JobRow, 'id' | 'attempt' | 'options'>,
  startAfter?: Date,
): Promise<void> {
  const [attempt] = await tx
    .insert(attempts)
    .values({ jobId: job.id, number: job.attempt, state: 'queued', startAfter: startAfter ?? null })
    .returning({ id: attempts.id })
  await ctx.queue.sendAttempt(
    tx,
    { attemptId: attempt!.id },
    { ...(startAfter && { startAfter }), priority: job.options.priority ?? 0 },
  )
  await notify(tx, 'work', 'attempt')
}
