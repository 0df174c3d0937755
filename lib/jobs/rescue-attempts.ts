import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { type SlotProcess, workers } from '#lib/db/schema/agents.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { type AttemptOutcome, finishAttempt, moveOn } from './end-attempt.ts'

const LOST: AttemptOutcome = {
  kind: 'interrupted',
  cause: 'worker_lost',
  message: 'Its worker went away; the attempt was given back to the queue.',
}

/**
 * The rclone daemons of workers on `host` that have lost an attempt: a worker that is frozen, or cut off from the
 * database, may still have them at work. They must end before the attempt is given to another.
 */
export async function findLostSlots({ ctx, host }: { ctx: Context; host: string }): Promise<SlotProcess[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db
    .selectDistinct({ id: workers.id, slots: workers.slotProcesses })
    .from(attempts)
    .innerJoin(workers, eq(workers.id, attempts.workerId))
    .where(and(eq(attempts.state, 'running'), lt(attempts.leaseUntil, sql`now()`), eq(workers.host, host)))
  return rows.flatMap((row) => row.slots)
}

/**
 * Gives back the attempts whose lease ran out, on the database's clock: each is ended as interrupted and its
 * job gets the next attempt at once. Any number of sweepers may run; each lost attempt is taken by one.
 * Returns how many were rescued.
 */
export async function rescueAttempts({ ctx }: { ctx: Context }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const lost = await tx
      .select({ id: attempts.id, jobId: attempts.jobId })
      .from(attempts)
      .where(and(eq(attempts.state, 'running'), lt(attempts.leaseUntil, sql`now()`)))
      .orderBy(asc(attempts.leaseUntil))
      .limit(50)
      .for('update', { skipLocked: true })
    if (lost.length === 0) return 0
    const rows = await tx
      .select()
      .from(jobs)
      .where(
        inArray(
          jobs.id,
          lost.map((attempt) => attempt.jobId),
        ),
      )
      .for('update')
    for (const attempt of lost) {
      await finishAttempt(tx, attempt.id, LOST)
      const job = rows.find((row) => row.id === attempt.jobId)
      if (job) await moveOn(tx, ctx, job, LOST, false)
    }
    return lost.length
  })
}

/**
 * Queues again an attempt whose message is gone (a queue restored from an older dump, a worker that died
 * between taking the message and claiming). The claim's compare-and-set makes a second message harmless.
 */
export async function requeueForgotten({ ctx }: { ctx: Context }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    // A burst of queued jobs is unknown to the planner's statistics: for the few that it expects it would compare
    // each attempt with each message, for minutes at a hundred thousand. By a hash it takes a tenth of a second.
    await tx.execute(sql`select set_config('enable_nestloop', 'off', true)`)
    const forgotten = await tx
      .select({ id: attempts.id, jobId: attempts.jobId })
      .from(attempts)
      .where(
        and(
          eq(attempts.state, 'queued'),
          isNull(attempts.finishedAt),
          sql`coalesce(${attempts.startAfter}, ${attempts.createdAt}) < now() - interval '15 seconds'`,
          sql`not exists (select 1 from pgboss.job m where m.name = 'attempts'
            and m.state in ('created', 'retry', 'active') and m.data->>'attemptId' = ${attempts.id}::text)`,
        ),
      )
      .limit(50)
      .for('update', { skipLocked: true })
    for (const { id, jobId } of forgotten) {
      const [job] = await tx.select({ options: jobs.options }).from(jobs).where(eq(jobs.id, jobId))
      await ctx.queue.sendAttempt(tx, { attemptId: id }, { priority: job?.options.priority ?? 0 })
    }
    return forgotten.length
  })
}
