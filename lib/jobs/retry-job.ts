import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { oneJob } from './job-templates.ts'
import { lockJobRow } from './queries.ts'
import { queueAttempt } from './queue-attempt.ts'
import type { Job } from './schema.ts'
import type { JobState } from './states.ts'
import { transition } from './transition.ts'

/** Starts another attempt of a failed or cancelled job at once. Files that arrived are not copied again. */
export async function retryJob({ ctx, id }: { ctx: Context; id: string }): Promise<Job> {
  return restart(ctx, id, 'retry', ['failed', 'cancelled'])
}

/** Puts a paused job back into the queue. */
export async function resumeJob({ ctx, id }: { ctx: Context; id: string }): Promise<Job> {
  return restart(ctx, id, 'resume', ['paused'])
}

async function restart(ctx: Context, id: string, action: 'retry' | 'resume', from: JobState[]): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  return ctx.db.transaction(async (tx) => {
    const before = await lockJobRow(tx, id)
    const row = await transition(tx, id, 'queued', {
      from,
      attempt: before.attempt + 1,
      tries: 1,
      error: null,
    })
    await queueAttempt(tx, ctx, row)
    await recordAudit(tx, ctx.actor, { action: `job.${action}`, subjectId: id })
    return oneJob(tx, row)
  })
}
