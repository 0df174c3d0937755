import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { firings } from '#lib/db/schema/events.ts'
import { findSchedule, type Schedule } from './schedule-views.ts'

/** Says that a person knows of what a schedule missed: it is no longer raised. What comes later is. */
export async function seeFirings({ ctx, id }: { ctx: Context; id: string }): Promise<Schedule> {
  requireRole(ctx.actor, 'operator')
  return ctx.db.transaction(async (tx) => {
    const schedule = await findSchedule(tx, ctx.actor, id)
    const seen = await tx
      .update(firings)
      .set({ seenAt: sql`now()` })
      .where(
        and(eq(firings.triggerId, id), inArray(firings.state, ['missed', 'failed']), isNull(firings.seenAt)),
      )
      .returning({ dueAt: firings.dueAt })
    if (seen.length > 0) {
      await recordAudit(tx, ctx.actor, {
        action: 'schedule.seen',
        subjectId: id,
        detail: { template: schedule.template.name, firings: seen.length },
      })
    }
    return schedule
  })
}
