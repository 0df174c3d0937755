import { asc, eq, sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { savedViews } from '#lib/db/schema/views.ts'
import { viewsOwner } from './owner-of.ts'
import type { SavedView } from './schema.ts'

/** The person's own views by name; saving bounds how many there are. */
export async function listViews({ ctx }: { ctx: Context }): Promise<SavedView[]> {
  const userId = viewsOwner(ctx)
  return ctx.db
    .select({ id: savedViews.id, name: savedViews.name, filters: savedViews.filters })
    .from(savedViews)
    .where(eq(savedViews.userId, userId))
    .orderBy(asc(sql`lower(${savedViews.name})`))
}
