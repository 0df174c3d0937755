import { and, eq } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { savedViews } from '#lib/db/schema/views.ts'
import { NotFoundError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import { viewsOwner } from './owner-of.ts'

/** Forgets one of the person's own views; another's does not exist for them. */
export async function deleteView({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  const userId = viewsOwner(ctx)
  const gone = new NotFoundError('There is no such view of yours.')
  if (!isId(id)) throw gone
  await ctx.db.transaction(async (tx) => {
    const [view] = await tx
      .delete(savedViews)
      .where(and(eq(savedViews.id, id), eq(savedViews.userId, userId)))
      .returning({ name: savedViews.name })
    if (!view) throw gone
    await recordAudit(tx, ctx.actor, { action: 'view.delete', subjectId: id, detail: { name: view.name } })
  })
}
