import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { queueAttempt } from '#lib/jobs/queue-attempt.ts'
import { transition } from '#lib/jobs/transition.ts'

/** Released in one transaction; there are more only where many runs ended in the same moment. */
const MOST = 100

/**
 * Queues the runs of schedules whose turn has come: those before them, by when they were due, have ended. Asked whenever
 * a run ends and every few seconds; of two workers that ask at once the row's lock lets one. Returns how many.
 */
export async function releaseWaiting({ ctx }: { ctx: Context }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const ready = await tx.execute<{ id: string }>(sql`
      select j.id from jobs j join firings f on f.job_id = j.id
      where j.state = 'pending' and j.waiting_for = 'parent' and j.trigger = 'schedule'
        and not exists (
          select 1 from jobs b join firings fb on fb.job_id = b.id
          where b.template_id = j.template_id and fb.trigger_id = f.trigger_id and fb.due_at < f.due_at
            and b.state in ('pending', 'queued', 'running', 'retrying', 'paused'))
      order by j.id limit ${MOST} for update of j skip locked`)
    for (const { id } of ready) {
      await queueAttempt(tx, ctx, await transition(tx, id, 'queued', { from: ['pending'] }))
    }
    return ready.length
  })
}
