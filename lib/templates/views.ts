import { inArray } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import type { Page } from '#lib/cursor.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { type Side, sideOf } from '#lib/jobs/queries.ts'
import { triggerWords } from '#lib/triggers/trigger-words.ts'
import { getTemplate, listTemplates } from './queries.ts'
import { type RecentRuns, recentRuns } from './recent-runs.ts'
import type { Template } from './schema.ts'

/** A template as pages show it. */
export type TemplateView = {
  template: Template
  source: Side
  destination: Side
  /** What starts it, by the ids of its triggers. */
  words: Record<string, string>
  runs: RecentRuns
  /** The nearest firing of its schedules. */
  nextDueAt: string | null
}

const none: RecentRuns = { last: null, success: null, ended: 0, completed: 0, running: 0 }

/** Templates by name, each with how it went. The input is that of `listTemplates`. */
export async function listTemplateViews({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<TemplateView>> {
  const page = await listTemplates({ ctx, input })
  return { ...page, items: await viewsOf(ctx, page.items) }
}

export async function getTemplateView({ ctx, id }: { ctx: Context; id: string }): Promise<TemplateView> {
  const [view] = await viewsOf(ctx, [await getTemplate({ ctx, id })])
  return view!
}

async function viewsOf(ctx: Context, templates: Template[]): Promise<TemplateView[]> {
  requireRole(ctx.actor, 'viewer')
  const used = templates.flatMap(({ source, destinations }) => [source, ...destinations])
  const [rows, runs] = await Promise.all([
    ctx.db
      .select()
      .from(endpoints)
      .where(
        inArray(
          endpoints.id,
          used.map(({ endpointId }) => endpointId),
        ),
      ),
    recentRuns({ ctx, ids: templates.map(({ id }) => id) }),
  ])
  const side = ({ endpointId, path }: { endpointId: string; path: string }): Side =>
    sideOf(rows.find(({ id }) => id === endpointId)!, path)
  return templates.map((template) => ({
    template,
    source: side(template.source),
    destination: side(template.destinations[0]!),
    words: Object.fromEntries(template.triggers.map((trigger) => [trigger.id, triggerWords(trigger)])),
    runs: runs.get(template.id) ?? none,
    nextDueAt:
      template.triggers
        .flatMap(({ nextDueAt }) => nextDueAt ?? [])
        .sort()
        .at(0) ?? null,
  }))
}
