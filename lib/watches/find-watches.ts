import { and, eq } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { isOn } from '#lib/triggers/is-on.ts'
import type { WatchSettings } from '#lib/triggers/schema.ts'

/** A folder to watch, as its trigger wants it. Two that read the same are the same watch. */
export type Watch = {
  triggerId: string
  template: string
  /** Absolute; whether it really lies in the roots is for the agent to see. */
  base: string
  roots: string[]
  settings: WatchSettings
  since: Date
}

/** The folders that this agent is to watch now: of templates that are on. */
export async function findWatches({ ctx }: { ctx: Context }): Promise<Watch[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db
    .select({ trigger: triggers, template: templates, endpoint: endpoints, roots: agents.roots })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .innerJoin(endpoints, eq(endpoints.id, templates.sourceEndpointId))
    .innerJoin(agents, eq(agents.id, endpoints.agentId))
    .where(
      and(eq(triggers.type, 'watch'), isOn, eq(endpoints.type, 'local'), eq(endpoints.agentId, ctx.actor.id)),
    )
  return rows.flatMap(({ trigger, template, endpoint, roots }) => {
    const { settings } = trigger
    if (settings.type !== 'watch') return []
    const base = [endpoint.path.replace(/\/+$/, ''), template.sourcePath].filter(Boolean).join('/') || '/'
    return [
      {
        triggerId: trigger.id,
        template: template.name,
        base,
        roots: roots ?? [],
        settings,
        since: trigger.since,
      },
    ]
  })
}
