import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { idList, wordList } from '#lib/db/list.ts'
import { databaseNow } from '#lib/db/now.ts'
import { queueAttempt } from '#lib/jobs/queue-attempt.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { transition } from '#lib/jobs/transition.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { isBlackedOut } from './blackout.ts'

/** Released in one transaction; there are more only where many runs ended in the same moment. */
const MOST = 100

const waits = sql`j.state = 'pending' and j.waiting_for = 'parent' and j.trigger = 'schedule'`

/**
 * Queues the runs of schedules whose turn has come: those before them, by when they were due, have ended, and no blackout
 * of their schedule holds. Asked whenever a run ends and every few seconds; of two workers that ask at once the row's lock
 * lets one. Returns how many.
 */
export async function releaseWaiting({ ctx }: { ctx: Context }): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const quiet = await quietSchedules(tx)
    const ready = await tx.execute<{ id: string }>(sql`
      select j.id from jobs j join firings f on f.job_id = j.id
      where ${waits} and f.trigger_id <> all (${idList(quiet)})
        and not exists (
          select 1 from jobs b join firings fb on fb.job_id = b.id
          where b.template_id = j.template_id and fb.trigger_id = f.trigger_id and fb.due_at < f.due_at
            and b.state = any (${wordList(activeStates)}))
      order by j.id limit ${MOST} for update of j skip locked`)
    for (const { id } of ready) {
      await queueAttempt(tx, ctx, await transition(tx, id, 'queued', { from: ['pending'] }))
    }
    return ready.length
  })
}

/** The schedules with a waiting run that a blackout holds now. */
async function quietSchedules(tx: Tx): Promise<string[]> {
  const rows = await tx.execute<{ id: string; settings: ScheduleSettings }>(sql`
    select distinct on (t.id) t.id, t.settings
    from jobs j join firings f on f.job_id = j.id join triggers t on t.id = f.trigger_id
    where ${waits} and jsonb_array_length(t.settings->'blackout') > 0`)
  if (rows.length === 0) return []
  const now = await databaseNow(tx)
  return rows.flatMap(({ id, settings }) => (isBlackedOut(settings, now) ? id : []))
}
