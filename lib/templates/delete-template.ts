import { and, eq, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { events } from '#lib/db/schema/events.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { saveTriggers } from '#lib/triggers/save-triggers.ts'
import { findTemplateRow } from './queries.ts'

/** Deletes a template with its triggers. Its jobs go on; events that no job has taken yet are ignored with the reason. */
export async function deleteTemplate({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'operator')
  await ctx.db.transaction(async (tx) => {
    const { name } = await findTemplateRow(tx, id)
    await tx
      .update(templates)
      .set({ deletedAt: sql`now()`, enabled: false, updatedAt: sql`now()` })
      .where(eq(templates.id, id))
    await saveTriggers(tx, ctx, id, [])
    await tx
      .update(events)
      .set({ state: 'ignored', reason: 'The template was deleted.', settledAt: sql`now()` })
      .where(and(eq(events.templateId, id), eq(events.state, 'pending'), isNull(events.jobId)))
    await recordAudit(tx, ctx.actor, { action: 'template.delete', subjectId: id, detail: { name } })
  })
}
