import { and, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { type Assignment, type AttemptRow, assign, findSides } from './assignment.ts'
import { type JobRow, transition } from './transition.ts'

/**
 * How long an attempt is its worker's without a word. Shorter: a busy machine loses work it still does;
 * longer: the work of a dead worker waits (kill -9 to running again is lease + sweep).
 */
export const LEASE_SECONDS = 10

/**
 * Takes up to `count` attempts that are due, with their messages, in one transaction: a worker that dies meanwhile
 * leaves both in the queue. Fewer when others were faster. Attempts on the routes `notOn` keep their places.
 */
export async function claimAttempts({
  ctx,
  workerId,
  count,
  notOn = [],
}: {
  ctx: Context
  workerId: string
  count: number
  notOn?: string[]
}): Promise<Assignment[]> {
  requireAgent(ctx.actor)
  for (;;) {
    const taken = await ctx.db.transaction(async (tx) => {
      const messages = await ctx.queue.takeAttempts(tx, count, notOn)
      if (messages.length === 0) return null
      const ids = messages.map(({ attemptId }) => attemptId)
      return takeAttempts(tx, ids, workerId)
    })
    // Messages of jobs that were cancelled meanwhile bring nothing; there may be thousands before the next that does.
    if (taken === null || taken.length > 0) return taken ?? []
  }
}

/**
 * Makes queued attempts a worker's: their epochs rise, their leases start, their jobs run. What was cancelled
 * meanwhile, is not due or was taken by another is left out.
 */
export async function takeAttempts(tx: Tx, attemptIds: string[], workerId: string): Promise<Assignment[]> {
  if (attemptIds.length === 0) return []
  // The jobs first, as a person's cancel does: in the other order the two would wait for each other.
  const ready = tx.$with('ready').as(
    tx
      .select({ id: jobs.id })
      .from(jobs)
      .innerJoin(attempts, eq(attempts.jobId, jobs.id))
      .where(and(inArray(attempts.id, attemptIds), mayRun))
      .orderBy(jobs.id)
      .for('update', { of: jobs }),
  )
  const taken = await tx
    .with(ready)
    .update(attempts)
    .set({
      state: 'running',
      epoch: sql`${attempts.epoch} + 1`,
      workerId,
      leaseUntil: sql`now() + make_interval(secs => ${LEASE_SECONDS})`,
      // Not when the transaction began: what it takes up may wait for something that has ended since.
      startedAt: sql`clock_timestamp()`,
    })
    .where(
      and(
        inArray(attempts.id, attemptIds),
        eq(attempts.state, 'queued'),
        or(isNull(attempts.startAfter), lte(attempts.startAfter, sql`now() + interval '1 second'`)),
        inArray(attempts.jobId, tx.select({ id: ready.id }).from(ready)),
      ),
    )
    .returning()
  if (taken.length === 0) return []
  const [sides, rows] = await Promise.all([
    findSides(
      tx,
      taken.map(({ jobId }) => jobId),
    ),
    Promise.all(
      taken.map(({ jobId, startedAt }) => transition(tx, jobId, 'running', { startedAt: startedAt! })),
    ),
  ])
  await Promise.all(taken.map((attempt, at) => attempt.number > 1 && countEarlier(tx, attempt, rows[at]!)))
  return assign(
    tx,
    taken.map((attempt, at) => ({ attempt, job: rows[at]! })),
    sides,
  )
}

/** A job that waits for an endpoint keeps its attempt and its message: it runs as soon as a worker takes them. */
const mayRun = or(
  inArray(jobs.state, ['queued', 'retrying']),
  and(eq(jobs.state, 'pending'), eq(jobs.waitingFor, 'endpoint')),
)

/** rclone counts from nought at each attempt; what earlier ones did is added to it. */
async function countEarlier(tx: Tx, attempt: AttemptRow, job: JobRow): Promise<void> {
  const base = await countDone(tx, job.id)
  await tx
    .update(attempts)
    .set({ baseBytes: base.bytes, baseFiles: base.files })
    .where(eq(attempts.id, attempt.id))
  await tx
    .update(jobs)
    .set({ bytes: base.bytes, files: base.files, failedFiles: 0 })
    .where(eq(jobs.id, job.id))
}

/** What the rows say has arrived so far. */
export async function countDone(tx: Tx, jobId: string): Promise<{ bytes: number; files: number }> {
  const [done] = await tx
    .select({
      // Sizes are as a storage tells them; their sum must stay a number that JSON carries.
      bytes: sql<string>`least(coalesce(sum(${transfers.size}), 0), 9007199254740991)`,
      files: sql<string>`count(*)`,
    })
    .from(transfers)
    .where(
      and(
        eq(transfers.jobId, jobId),
        eq(transfers.state, 'completed'),
        sql`${transfers.action} <> 'deleted'`,
      ),
    )
  return { bytes: Number(done!.bytes), files: Number(done!.files) }
}
