import { sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'

/** The last time that a schedule was due and a job should have been made, and was not. */
export type RaisedFiring = {
  triggerId: string
  templateId: string
  /** Its name. */
  template: string
  dueAt: string
  state: 'missed' | 'failed'
  reason: string
  /** How many there are before it, a hundred at most. */
  more: number
}

/** A firing that was missed so long ago is history. */
const DAYS = 14

/** Missed and failed firings that nobody has seen and that no later firing of the schedule has answered. */
export async function raisedFirings({ ctx, most }: { ctx: Context; most: number }): Promise<RaisedFiring[]> {
  requireRole(ctx.actor, 'viewer')
  const rows = await ctx.db.execute<Omit<RaisedFiring, 'dueAt'> & { dueAt: string }>(sql`
    select distinct on (f.trigger_id) f.trigger_id as "triggerId", f.template_id as "templateId", t.name as template,
      f.due_at::text as "dueAt", f.state, f.reason,
      (select count(*)::int from (
        select 1 from firings b where b.trigger_id = f.trigger_id and b.due_at < f.due_at
          and b.state in ('missed', 'failed') and b.seen_at is null
          and b.due_at > now() - make_interval(days => ${DAYS}) limit 100) before) as more
    from firings f join triggers r on r.id = f.trigger_id join templates t on t.id = f.template_id
    where f.state in ('missed', 'failed') and f.seen_at is null
      and f.due_at > now() - make_interval(days => ${DAYS})
      and r.deleted_at is null and t.deleted_at is null
      and not exists (select 1 from firings g
        where g.trigger_id = f.trigger_id and g.due_at > f.due_at and g.state = 'fired')
    order by f.trigger_id, f.due_at desc limit ${most}`)
  return rows.map((row) => ({ ...row, dueAt: new Date(row.dueAt).toISOString() }))
}
