import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { stopRow } from '#lib/jobs/stop-job.ts'
import { notify } from '#lib/live/channel.ts'

/**
 * Has nothing begin that waits for a template which is switched off or deleted, in the caller's transaction: its events
 * are ignored with the reason, and runs of its schedules whose turn has not come are cancelled. What has begun goes on.
 * Its schedules have to be stopped before, or one of them could leave a run behind.
 */
export async function stopWaiting(
  tx: Tx,
  ctx: Pick<Context, 'actor'>,
  templateId: string,
  why: { events: string; runs: string },
): Promise<void> {
  await tx
    .update(events)
    .set({ state: 'ignored', reason: why.events, settledAt: sql`now()` })
    .where(and(eq(events.templateId, templateId), eq(events.state, 'pending'), isNull(events.jobId)))
  const runs = await tx
    .select()
    .from(jobs)
    .where(
      and(
        ...[eq(jobs.templateId, templateId), eq(jobs.trigger, 'schedule')],
        ...[eq(jobs.state, 'pending'), eq(jobs.waitingFor, 'parent')],
      ),
    )
    .orderBy(asc(jobs.id))
    .for('update')
  for (const run of runs) {
    await stopRow(tx, run, 'cancel')
    await recordAudit(tx, ctx.actor, {
      ...{ action: 'job.cancel', subjectId: run.id, detail: { because: why.runs } },
    })
  }
  await notify(tx, 'live', 'events')
}
