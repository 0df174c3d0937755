import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { ConflictError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import { oneJob } from './job-templates.ts'
import { lockJobRow } from './queries.ts'
import type { Job } from './schema.ts'
import { type JobRow, transition } from './transition.ts'

/**
 * Ends a job for good. One that does not run is cancelled at once; a running one is asked to stop and becomes
 * `cancelled` when its rclone has: the answer then still says `running`.
 */
export async function cancelJob({ ctx, id }: { ctx: Context; id: string }): Promise<Job> {
  return stop(ctx, id, 'cancel')
}

/** Stops a job until somebody resumes it; files that arrived are not copied again then. */
export async function pauseJob({ ctx, id }: { ctx: Context; id: string }): Promise<Job> {
  return stop(ctx, id, 'pause')
}

async function stop(ctx: Context, id: string, how: 'cancel' | 'pause'): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  return ctx.db.transaction(async (tx) => {
    const now = await lockJobRow(tx, id)
    if (how === 'pause' && now.stopRequested === 'cancel') {
      throw new ConflictError('The job is being cancelled, so it cannot be paused.')
    }
    const row = await stopRow(tx, now, how)
    await recordAudit(tx, ctx.actor, { action: `job.${how}`, subjectId: id })
    return oneJob(tx, row)
  })
}

/** The same of a row that the caller has locked, in its transaction. Throws ConflictError for a job that has ended. */
export async function stopRow(tx: Tx, now: JobRow, how: 'cancel' | 'pause'): Promise<JobRow> {
  return now.state === 'running' ? askRunning(tx, now.id, how) : stopWaiting(tx, now, how)
}

/** A running attempt belongs to its worker: it is told, and ends the attempt itself. */
async function askRunning(tx: Tx, id: string, how: 'cancel' | 'pause'): Promise<JobRow> {
  const [row] = await tx
    .update(jobs)
    .set({ stopRequested: how, updatedAt: sql`now()` })
    .where(eq(jobs.id, id))
    .returning()
  const [attempt] = await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(eq(attempts.jobId, id), eq(attempts.state, 'running')))
  await notify(tx, 'control', attempt?.id ?? '')
  await notify(tx, 'live', `job ${id}`)
  return row!
}

async function stopWaiting(tx: Tx, now: JobRow, how: 'cancel' | 'pause'): Promise<JobRow> {
  const to = how === 'cancel' ? 'cancelled' : 'paused'
  if (now.state === to) throw new ConflictError(`The job is ${to} already.`)
  const row = await transition(tx, now.id, to, { from: ['pending', 'queued', 'retrying', 'paused'] })
  // Its message stays in the queue; a worker that is given it finds no queued attempt and drops it.
  await tx
    .update(attempts)
    .set({ state: 'cancelled', finishedAt: sql`now()` })
    .where(and(eq(attempts.jobId, now.id), eq(attempts.state, 'queued')))
  return row
}
