import { and, eq, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { ATTEMPTS_QUEUE } from '#lib/queue/messages.ts'
import { waitingMessages } from '#lib/queue/waiting-messages.ts'
import { routeOf } from './route.ts'

/**
 * Queues again attempts whose messages are gone (a queue restored from an older dump, messages deleted by hand). The
 * claim's compare-and-set makes a second message harmless.
 */
export async function requeueForgotten({ ctx }: { ctx: Context }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    // A burst of queued jobs is unknown to the planner's statistics: for the few that it expects it would compare
    // each attempt with each message, for minutes at a hundred thousand. By a hash it takes a tenth of a second.
    await tx.execute(sql`select set_config('enable_nestloop', 'off', true)`)
    const forgotten = await tx
      .select({ id: attempts.id, job: jobs })
      .from(attempts)
      .innerJoin(jobs, eq(jobs.id, attempts.jobId))
      .where(
        and(
          eq(attempts.state, 'queued'),
          sql`coalesce(${attempts.startAfter}, ${attempts.createdAt}) < now() - interval '15 seconds'`,
          sql`not exists (select 1 from ${waitingMessages(ATTEMPTS_QUEUE)} m
            where m.data->>'attemptId' = ${attempts.id}::text)`,
        ),
      )
      .limit(50)
      .for('update', { of: attempts, skipLocked: true })
    if (forgotten.length === 0) return 0
    await ctx.queue.sendAttempts(
      tx,
      forgotten.map(({ id, job }) => ({
        ...{ attemptId: id, priority: job.options.priority ?? 0, route: routeOf(job) },
      })),
    )
    return forgotten.length
  })
}
