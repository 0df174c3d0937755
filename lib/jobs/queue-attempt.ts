import { v7 } from 'uuid'
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
  const attemptId = v7()
  // Together, for one round trip.
  await Promise.all([
    tx.insert(attempts).values({
      ...{ id: attemptId, jobId: job.id, number: job.attempt, state: 'queued' },
      startAfter: startAfter ?? null,
    }),
    ctx.queue.sendAttempt(
      tx,
      { attemptId },
      { ...(startAfter && { startAfter }), priority: job.options.priority ?? 0 },
    ),
    notify(tx, 'work', 'attempt'),
  ])
}
