import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { notify } from '#lib/live/channel.ts'
import { routeOf } from './route.ts'
import type { JobRow } from './transition.ts'

/**
 * Writes attempt `job.attempt` of a job and its message, in the caller's transaction, and wakes the workers.
 * With `delayMs` the message is deferred: that is the back-off. It is on the database's clock, as leases are: the
 * worker's own may be an hour off.
 */
export async function queueAttempt(
  tx: Tx,
  ctx: Pick<Context, 'queue'>,
  job: Pick<JobRow, 'id' | 'attempt' | 'options' | 'sourceEndpointId' | 'destinationEndpointId'>,
  delayMs = 0,
): Promise<void> {
  const attemptId = v7()
  // Together, for one round trip.
  await Promise.all([
    tx.insert(attempts).values({
      ...{ id: attemptId, jobId: job.id, number: job.attempt, state: 'queued' },
      startAfter: delayMs > 0 ? sql`now() + make_interval(secs => ${delayMs / 1000})` : null,
    }),
    ctx.queue.sendAttempt(
      tx,
      { attemptId },
      {
        ...{ priority: job.options.priority ?? 0, route: routeOf(job) },
        ...(delayMs > 0 && { startAfterSeconds: delayMs / 1000 }),
      },
    ),
    notify(tx, 'work', 'attempt'),
  ])
}
