import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { saveTriggers } from '#lib/triggers/save-triggers.ts'
import { lockTemplateRow } from './lock-template.ts'
import { stopWaiting } from './stop-waiting.ts'

/** Deletes a template with its triggers. What has begun goes on; what waited for it does not begin any more. */
export async function deleteTemplate({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'operator')
  await ctx.db.transaction(async (tx) => {
    const { name } = await lockTemplateRow(tx, id)
    await tx
      .update(templates)
      .set({ deletedAt: sql`now()`, enabled: false, updatedAt: sql`now()` })
      .where(eq(templates.id, id))
    await saveTriggers(tx, ctx, id, [])
    await stopWaiting(tx, ctx, id, {
      events: 'The template was deleted.',
      runs: 'Its template was deleted before its turn came.',
    })
    await recordAudit(tx, ctx.actor, { action: 'template.delete', subjectId: id, detail: { name } })
  })
}
