import { and, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import type { AttemptRef, JobOptions } from './schema.ts'
import type { Operation } from './states.ts'
import { type JobRow, transition } from './transition.ts'

/**
 * How long an attempt is its worker's without a word. Shorter: a busy machine loses work it still does;
 * longer: the work of a dead worker waits (kill -9 to running again is lease + sweep).
 */
export const LEASE_SECONDS = 10

export type AssignedSide = {
  type: string
  root: string
  path: string
  settings: Record<string, string>
  /** The folders its agent may use; null when nobody has said. */
  roots: string[] | null
  deleted: boolean
}

/** All that a worker needs to run one attempt. */
export type Assignment = AttemptRef & {
  jobId: string
  number: number
  operation: Operation
  /** When the first attempt of the job began. */
  jobBegan: Date
  source: AssignedSide
  destination: AssignedSide
  options: JobOptions
  limits: { bandwidth?: string; transfers?: number }[]
  /** A move whose one file an earlier attempt has moved: its source is no longer there, and should not be. */
  alreadyMoved: boolean
}

/**
 * Takes a queued attempt for a worker: its epoch rises, its lease starts, its job runs. Null when there is
 * nothing to take (cancelled meanwhile, or taken by another).
 */
export async function claimAttempt({
  ctx,
  attemptId,
  workerId,
}: {
  ctx: Context
  attemptId: string
  workerId: string
}): Promise<Assignment | null> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    // The job first, as a person's cancel does: in the other order the two would wait for each other.
    await tx
      .select({ id: jobs.id })
      .from(jobs)
      .innerJoin(attempts, eq(attempts.jobId, jobs.id))
      .where(eq(attempts.id, attemptId))
      .for('update', { of: jobs })
    const [attempt] = await tx
      .update(attempts)
      .set({
        state: 'running',
        epoch: sql`${attempts.epoch} + 1`,
        workerId,
        leaseUntil: sql`now() + make_interval(secs => ${LEASE_SECONDS})`,
        startedAt: sql`now()`,
      })
      .where(
        and(
          eq(attempts.id, attemptId),
          eq(attempts.state, 'queued'),
          or(isNull(attempts.startAfter), lte(attempts.startAfter, sql`now() + interval '1 second'`)),
        ),
      )
      .returning()
    if (!attempt) return null
    const job = await transition(tx, attempt.jobId, 'running')
    let alreadyMoved = false
    if (attempt.number > 1) {
      alreadyMoved = job.operation === 'move' && (await isMoved(tx, job))
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
    const sides = await tx
      .select({ endpoint: endpoints, roots: agents.roots })
      .from(endpoints)
      .innerJoin(agents, eq(agents.id, endpoints.agentId))
      .where(or(eq(endpoints.id, job.sourceEndpointId), eq(endpoints.id, job.destinationEndpointId)))
    const side = (id: string, path: string): AssignedSide => {
      const { endpoint, roots } = sides.find((row) => row.endpoint.id === id)!
      return {
        type: endpoint.type,
        root: endpoint.path,
        path,
        settings: endpoint.settings,
        roots,
        deleted: endpoint.deletedAt !== null,
      }
    }
    return {
      attemptId: attempt.id,
      epoch: attempt.epoch,
      jobId: job.id,
      number: attempt.number,
      operation: job.operation,
      jobBegan: job.startedAt ?? new Date(),
      source: side(job.sourceEndpointId, job.sourcePath),
      destination: side(job.destinationEndpointId, job.destinationPath),
      options: job.options,
      limits: sides.map((row) => row.endpoint.limits),
      alreadyMoved,
    }
  })
}

/** Whether all that the job has moved is one file, and that is the one its source names. */
async function isMoved(tx: Tx, job: JobRow): Promise<boolean> {
  const rows = await tx
    .select({ path: transfers.path, state: transfers.state })
    .from(transfers)
    .where(eq(transfers.jobId, job.id))
    .limit(2)
  const [only, another] = rows
  return !another && only?.state === 'completed' && only.path === job.sourcePath.split('/').at(-1)
}

/** What the rows say has arrived so far. */
export async function countDone(tx: Tx, jobId: string): Promise<{ bytes: number; files: number }> {
  const [done] = await tx
    .select({
      bytes: sql<string>`coalesce(sum(${transfers.size}), 0)`,
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
