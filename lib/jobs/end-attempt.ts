import { and, eq, lt, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { type Cause, causes } from './causes.ts'
import { countDone } from './claim-attempt.ts'
import { queueAttempt } from './queue-attempt.ts'
import { writeReports } from './report-attempts.ts'
import { retryDelay } from './retry-policy.ts'
import type { AttemptReport } from './schema.ts'
import { type JobRow, transition } from './transition.ts'

/** How an attempt ended. Exceptions are bugs; every end of a transfer is one of these. */
export type AttemptOutcome =
  | { kind: 'completed' }
  | { kind: 'failed'; cause: Cause; message: string }
  | { kind: 'cancelled' }
  | { kind: 'interrupted'; cause: Cause; message: string }

/**
 * Ends an attempt with its last figures, files and log lines, moves its job on and, where the cause may pass,
 * queues the next attempt: one transaction. False when the attempt is no longer the caller's; then nothing
 * was written.
 */
export async function endAttempt({
  ctx,
  report,
  outcome,
}: {
  ctx: Context
  report: AttemptReport
  outcome: AttemptOutcome
}): Promise<boolean> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const held = await writeReports(tx, [report])
    if (held.length === 0) return false
    const [[job]] = await Promise.all([
      tx.select().from(jobs).where(eq(jobs.id, report.jobId)).for('update'),
      finishAttempt(tx, report.attemptId, outcome),
    ])
    if (report.number > 1) await settleFigures(tx, job!, report)
    await moveOn(tx, ctx, job!, outcome, progressOf(report, outcome))
    return true
  })
}

/**
 * rclone counts by attempt: a file that it copied again, because it had changed, is in the rows once, and one that an
 * earlier attempt brought is unchanged to it. At the end each counts once, as the rows have it.
 */
async function settleFigures(tx: Tx, job: JobRow, { figures }: AttemptReport): Promise<void> {
  const done = await countDone(tx, job.id)
  const twice = { files: Math.max(0, job.files - done.files), bytes: Math.max(0, job.bytes - done.bytes) }
  await tx
    .update(jobs)
    .set({
      ...done,
      totalFiles: Math.max(done.files, job.totalFiles - twice.files),
      totalBytes: Math.max(done.bytes, job.totalBytes - twice.bytes),
      unchangedFiles: Math.max(0, figures.unchangedFiles + figures.files - done.files),
    })
    .where(eq(jobs.id, job.id))
}

/**
 * What an attempt says for the next ones: files arrived, none did, or its worker stopped and handed it over, which
 * says nothing. Files, not bytes: a file that changes while it is read moves bytes each time and never arrives.
 */
type Progress = 'files' | 'none' | 'handed over'

function progressOf({ figures }: AttemptReport, outcome: AttemptOutcome): Progress {
  // Its worker lives to say so: neither does the job take workers down, nor may rolling restarts use up its tries.
  if (outcome.kind === 'interrupted' && outcome.cause === 'worker_lost') return 'handed over'
  return figures.files > 0 ? 'files' : 'none'
}

export async function finishAttempt(tx: Tx, attemptId: string, outcome: AttemptOutcome): Promise<void> {
  await tx
    .update(attempts)
    .set({
      state: outcome.kind,
      finishedAt: sql`now()`,
      leaseUntil: null,
      cause: 'cause' in outcome ? outcome.cause : null,
      message: 'message' in outcome ? outcome.message : null,
    })
    .where(and(eq(attempts.id, attemptId), eq(attempts.state, 'running')))
}

/** Where a job goes when its running attempt is over. A stop that a person asked for wins over a retry. */
export async function moveOn(
  tx: Tx,
  ctx: Pick<Context, 'queue'>,
  job: JobRow,
  outcome: AttemptOutcome,
  progress: Progress,
): Promise<void> {
  if (outcome.kind === 'completed') {
    await transition(tx, job.id, 'completed', { error: null })
    await settleOldFailures(tx, job)
    return
  }
  if (job.stopRequested === 'pause') {
    await transition(tx, job.id, 'paused', { error: null })
    return
  }
  if (job.stopRequested === 'cancel' || outcome.kind === 'cancelled') {
    await transition(tx, job.id, 'cancelled', { error: null })
    return
  }
  const { cause, message } = outcome
  const handedOver = progress === 'handed over'
  const tries = progress === 'files' ? 1 : job.tries
  const retries = await backOffsInARow(tx, job.id)
  const delay = handedOver ? 0 : retryDelay(cause, { tries, retries }, Math.random())
  if (delay === null) {
    const givenUp = causes[cause].retry === 'person' ? '' : ` Given up after attempt ${job.attempt}.`
    await transition(tx, job.id, 'failed', { error: { cause, message: message + givenUp } })
    return
  }
  const next = await transition(tx, job.id, delay === 0 ? 'queued' : 'retrying', {
    error: { cause, message },
    attempt: job.attempt + 1,
    tries: handedOver ? tries : tries + 1,
  })
  await queueAttempt(tx, ctx, next, delay)
}

/** How many of the latest attempts waited for a back-off: one that a person or a rescue started did not. */
async function backOffsInARow(tx: Tx, jobId: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from ${attempts} a where a.job_id = ${jobId} and a.number > coalesce(
      (select max(b.number) from ${attempts} b where b.job_id = ${jobId} and b.start_after is null), 0)`)
  return row!.count
}

/** A file that failed in an earlier attempt and that the completing one had nothing to do for. */
async function settleOldFailures(tx: Tx, job: JobRow): Promise<void> {
  if (job.attempt === 1) return
  await tx
    .update(transfers)
    .set({
      state: 'cancelled',
      message: sql`coalesce(${transfers.message}, '') || ' At the next attempt it was unchanged or gone.'`,
    })
    .where(
      and(eq(transfers.jobId, job.id), eq(transfers.state, 'failed'), lt(transfers.attempt, job.attempt)),
    )
}
