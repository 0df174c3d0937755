import { and, asc, eq, inArray, lt, notInArray, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { type ProcessMark, type SlotProcess, workers } from '#lib/db/schema/agents.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { countDone, LEASE_SECONDS } from './claim-attempt.ts'
import { type AttemptOutcome, finishAttempt, moveOn } from './end-attempt.ts'
import { writeFiles, writeLog } from './report-attempts.ts'
import type { AttemptReport, FileEnd } from './schema.ts'

const LOST = {
  kind: 'interrupted',
  cause: 'worker_lost',
  message: 'Its worker went away; the attempt was given back to the queue.',
} as const satisfies AttemptOutcome

/** In the log of the job it would else look as if nothing had happened between two attempts. */
function lostLine(number: number): AttemptReport['log'][number] {
  const message = `Attempt ${number} interrupted: ${LOST.message}`
  return { at: new Date().toISOString(), level: 'error', message }
}

/**
 * A worker renews its leases each second. Who is later than this may be gone: the machine that it ran on can say,
 * by looking for its process. Not sooner: two machines may have one name (a virtual machine copied while it ran),
 * and a process that is not seen on the one lives on the other, and renews.
 */
const QUIET_SECONDS = 2

/**
 * Nobody can end the rclone of a worker on another machine but itself, when its lease has run out: it gets this long
 * for it. It ends them within two seconds.
 */
const ELSEWHERE_SECONDS = 3

export type QuietWorker = {
  id: string
  machine: string | null
  /** Null for a worker that could not tell. */
  process: ProcessMark | null
  /**
   * Its rclone daemons: where it is frozen, or cut off from the database, they may still be at work, and must end
   * before its attempts are given to another.
   */
  slots: SlotProcess[]
  /** The attempts that it may have lost. */
  attemptIds: string[]
  /** A lease of its attempts has run out, on the database's clock. */
  expired: boolean
  /** It has for so long that its rclone has ended, on whatever machine. */
  overdue: boolean
  /** All of them have: it is not only late with the end of one. */
  silent: boolean
  /** The latest that ran out: another one the next time, and the worker lives. */
  lease: string | null
}

const overdueBefore = sql`now() - make_interval(secs => ${ELSEWHERE_SECONDS})`

/** The workers that hold an attempt whose lease has not been renewed for a while. */
export async function findQuietWorkers({ ctx }: { ctx: Context }): Promise<QuietWorker[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db
    .select({
      worker: workers,
      attemptIds: sql<string[]>`array_agg(${attempts.id})`,
      expired: sql<boolean>`bool_or(${attempts.leaseUntil} < now())`,
      overdue: sql<boolean>`bool_or(${attempts.leaseUntil} < ${overdueBefore})`,
      silent: sql<boolean>`bool_and(${attempts.leaseUntil} < now())`,
      lease: sql<
        string | null
      >`(max(${attempts.leaseUntil}) filter (where ${attempts.leaseUntil} < now()))::text`,
    })
    .from(attempts)
    .innerJoin(workers, eq(workers.id, attempts.workerId))
    .where(eq(attempts.state, 'running'))
    .groupBy(workers.id)
    .having(
      lt(
        sql`min(${attempts.leaseUntil})`,
        sql`now() + make_interval(secs => ${LEASE_SECONDS - QUIET_SECONDS})`,
      ),
    )
  return rows.map(
    ({ worker: { id, machine, pid, processStartedAt, slotProcesses }, attemptIds, ...seen }) => ({
      ...{ id, machine, attemptIds, ...seen },
      process: processStartedAt === null ? null : { pid, startedAt: processStartedAt },
      slots: slotProcesses,
    }),
  )
}

/** What the log of a lost attempt's rclone tells of its files; the worker may not have told all of it. */
export type LeftAccount = { attemptId: string; files: FileEnd[] }

/**
 * Gives back the attempts whose lease ran out, on the database's clock: each is ended as interrupted and its job
 * gets the next attempt at once. `of` names the workers that may have lost them (default: all); `ended` says that
 * their processes are no more, so that their leases do not count, `elsewhere` that they are out of reach. `accounts` are what could be found out about
 * their files; `except` are attempts that are not lost. Any number of sweepers may run; each lost attempt is
 * taken by one. Returns how many were rescued.
 */
export async function rescueAttempts({
  ctx,
  of,
  ended = false,
  elsewhere = false,
  accounts = [],
  except = [],
}: {
  ctx: Context
  of?: string[]
  ended?: boolean
  elsewhere?: boolean
  accounts?: LeftAccount[]
  except?: string[]
}): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const lost = await tx
      .select({ id: attempts.id, jobId: attempts.jobId, number: attempts.number, before: attempts.baseFiles })
      .from(attempts)
      .where(
        and(
          eq(attempts.state, 'running'),
          of && inArray(attempts.workerId, of),
          notInArray(attempts.id, except),
          ended ? undefined : lt(attempts.leaseUntil, elsewhere ? overdueBefore : sql`now()`),
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
      if (!job) continue
      const { files = [] } = accounts.find(({ attemptId }) => attemptId === attempt.id) ?? {}
      await writeFiles(tx, { jobId: job.id, number: attempt.number, files }, { onlyNews: true })
      await writeLog(tx, { jobId: job.id, number: attempt.number, log: [lostLine(attempt.number)] })
      const done = await countDone(tx, job.id)
      // Its rclone was killed, or will be: whoever ended it may not have reached what it wrote to.
      await tx
        .update(jobs)
        .set({ ...done, tidyAt: sql`now()` })
        .where(eq(jobs.id, job.id))
      await moveOn(tx, ctx, job, LOST, done.files > attempt.before ? 'files' : 'none')
    }
    return lost.length
  })
}
