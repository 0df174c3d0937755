import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { type ProcessMark, workers } from '#lib/db/schema/agents.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { LEASE_SECONDS } from './claim-attempt.ts'
import { type AttemptOutcome, finishAttempt, moveOn } from './end-attempt.ts'

const LOST: AttemptOutcome = {
  kind: 'interrupted',
  cause: 'worker_lost',
  message: 'Its worker went away; the attempt was given back to the queue.',
}

/**
 * A worker renews its leases each second. Who is later than this may be gone: the machine that it ran on can say,
 * by looking for its process. Not sooner: two machines may have one name (a virtual machine copied while it ran),
 * and a process that is not seen on the one lives on the other, and renews.
 */
const QUIET_SECONDS = 2

export type QuietWorker = {
  id: string
  machine: string | null
  /** Null for a worker that could not tell. */
  process: ProcessMark | null
  /**
   * Its rclone daemons: where it is frozen, or cut off from the database, they may still be at work, and must end
   * before its attempts are given to another.
   */
  slots: ProcessMark[]
  /** A lease of its attempts has run out, on the database's clock. */
  expired: boolean
}

/** The workers that hold an attempt whose lease has not been renewed for a while. */
export async function findQuietWorkers({ ctx }: { ctx: Context }): Promise<QuietWorker[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db
    .select({ worker: workers, expired: sql<boolean>`bool_or(${attempts.leaseUntil} < now())` })
    .from(attempts)
    .innerJoin(workers, eq(workers.id, attempts.workerId))
    .where(
      and(
        eq(attempts.state, 'running'),
        lt(attempts.leaseUntil, sql`now() + make_interval(secs => ${LEASE_SECONDS - QUIET_SECONDS})`),
      ),
    )
    .groupBy(workers.id)
  return rows.map(({ worker: { id, machine, pid, processStartedAt, slotProcesses }, expired }) => ({
    ...{ id, machine, expired },
    process: processStartedAt === null ? null : { pid, startedAt: processStartedAt },
    slots: slotProcesses,
  }))
}

/**
 * Gives back the attempts whose lease ran out, on the database's clock, or, with `of`, all that these workers
 * hold, whose processes have ended: each is ended as interrupted and its job gets the next attempt at once. Any
 * number of sweepers may run; each lost attempt is taken by one. Returns how many were rescued.
 */
export async function rescueAttempts({ ctx, of }: { ctx: Context; of?: string[] }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const lost = await tx
      .select({ id: attempts.id, jobId: attempts.jobId })
      .from(attempts)
      .where(
        and(
          eq(attempts.state, 'running'),
          of ? inArray(attempts.workerId, of) : lt(attempts.leaseUntil, sql`now()`),
        ),
      )
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
    const forgotten = await tx
      .select({ id: attempts.id, priority: sql<number>`coalesce((${jobs.options}->>'priority')::int, 0)` })
      .from(attempts)
      .innerJoin(jobs, eq(jobs.id, attempts.jobId))
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
      .for('update', { of: attempts, skipLocked: true })
    for (const { id, priority } of forgotten) {
      await ctx.queue.sendAttempt(tx, { attemptId: id }, { priority })
    }
    return forgotten.length
  })
}
