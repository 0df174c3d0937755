import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { savedViews } from '#lib/db/schema/views.ts'
import { ConflictError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { viewsOwner } from './owner-of.ts'
import { type SavedView, saveViewSchema } from './schema.ts'

/** They stand in one row above the list: more of them would be a list of their own. */
const VIEWS_A_PERSON = 30

/** Keeps filters under a name; one of the person's views that has the name is replaced. */
export async function saveView({ ctx, input }: { ctx: Context; input: unknown }): Promise<SavedView> {
  const userId = viewsOwner(ctx)
  const { name, filters } = parseInput(saveViewSchema, input)
  return ctx.db.transaction(async (tx) => {
    const shape = { id: savedViews.id, name: savedViews.name, filters: savedViews.filters }
    const [replaced] = await tx
      .update(savedViews)
      .set({ name, filters })
      .where(and(eq(savedViews.userId, userId), eq(sql`lower(${savedViews.name})`, name.toLowerCase())))
      .returning(shape)
    const [made] = replaced
      ? [replaced]
      : await tx.insert(savedViews).values({ userId, name, filters }).onConflictDoNothing().returning(shape)
    if (!made) throw new ConflictError('A view of this name was saved in the same moment. Save it again.')
    const held = await tx.$count(savedViews, eq(savedViews.userId, userId))
    if (held > VIEWS_A_PERSON) {
      throw new ConflictError(`You have ${VIEWS_A_PERSON} saved views. Delete one you do not need.`)
    }
    await recordAudit(tx, ctx.actor, { action: 'view.save', subjectId: made.id, detail: { name } })
    return made
  })
}
