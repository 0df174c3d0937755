import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { ConflictError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import { parseInput } from '#lib/parse.ts'
import { oneJob } from './job-templates.ts'
import { lockJobRow } from './queries.ts'
import { type Job, patchJobSchema } from './schema.ts'

/**
 * Changes the bandwidth or priority of a job that has not ended. A running attempt gets a new bandwidth live;
 * one that waits moves to its new place in the queue.
 */
export async function updateJob({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  const change = parseInput(patchJobSchema, input)
  return ctx.db.transaction(async (tx) => {
    const before = await lockJobRow(tx, id)
    const [row] = await tx
      .update(jobs)
      .set({ options: { ...before.options, ...change }, updatedAt: sql`now()` })
      .where(and(eq(jobs.id, id), isNull(jobs.finishedAt)))
      .returning()
    if (!row)
      throw new ConflictError(`The job is ${before.state}; only one that has not ended can be changed.`)
    const [attempt] = await tx
      .select({ id: attempts.id, state: attempts.state })
      .from(attempts)
      .where(and(eq(attempts.jobId, id), inArray(attempts.state, ['queued', 'running'])))
    if (attempt?.state === 'running') await notify(tx, 'control', attempt.id)
    if (attempt?.state === 'queued' && change.priority !== undefined) {
      await ctx.queue.setPriority(tx, attempt.id, change.priority)
    }
    await recordAudit(tx, ctx.actor, { action: 'job.update', subjectId: id, detail: change })
    await notify(tx, 'live', `job ${id}`)
    return oneJob(tx, row)
  })
}
