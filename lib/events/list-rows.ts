import { inArray } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import type { Page } from '#lib/cursor.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { listEvents } from './queries.ts'
import type { LedgerEvent } from './schema.ts'

/** An event as pages and exports show it. */
export type EventRow = { event: LedgerEvent; template: { name: string; deleted: boolean } }

/** Events, the newest first, each with the name of its template. The input is that of `listEvents`. */
export async function listEventRows({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<EventRow>> {
  const page = await listEvents({ ctx, input })
  const ids = [...new Set(page.items.map(({ templateId }) => templateId))]
  const found =
    ids.length === 0
      ? []
      : await ctx.db
          .select({ id: templates.id, name: templates.name, deletedAt: templates.deletedAt })
          .from(templates)
          .where(inArray(templates.id, ids))
  const names = new Map(found.map(({ id, name, deletedAt }) => [id, { name, deleted: deletedAt !== null }]))
  return {
    ...page,
    items: page.items.map((event) => ({
      event,
      template: names.get(event.templateId) ?? { name: '(deleted)', deleted: true },
    })),
  }
}
