import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import type { askedPlaceSchema } from '#lib/agents/protocol.ts'
import { type Context, requireAgent } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { storedPlace } from '#lib/endpoints/sides.ts'
import { isOn } from '#lib/triggers/is-on.ts'
import type { ListingState } from './state.ts'

/** A bucket that is to be listed now and then, for what its events did not tell. */
export type BucketListing = {
  triggerId: string
  templateId: string
  template: string
  pattern: string
  place: z.infer<typeof askedPlaceSchema>
  bucket: string
  /** Before each path stands this in the object's key. */
  prefix: string
  base: string
  everyMinutes: number
  since: Date
  last: ListingState | null
}

/** The buckets that this agent is to list: of templates that are on, with S3 events of objects that were created. */
export async function findListings({ ctx }: { ctx: Context }): Promise<BucketListing[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db
    .select({ trigger: triggers, template: templates, endpoint: endpoints })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .innerJoin(endpoints, eq(endpoints.id, templates.sourceEndpointId))
    .where(
      and(
        eq(triggers.type, 's3'),
        isOn,
        eq(endpoints.type, 's3'),
        isNull(endpoints.deletedAt),
        eq(endpoints.agentId, ctx.actor.id),
      ),
    )
  return rows.flatMap(({ trigger, template, endpoint }) => {
    const { settings } = trigger
    // Rows that were written before there was such a setting have none.
    const everyMinutes = settings.type === 's3' ? (settings.listEveryMinutes ?? 60) : 0
    const isWanted = settings.type === 's3' && settings.kinds.includes('created') && everyMinutes > 0
    const whole = [endpoint.path, template.sourcePath].flatMap((path) => path.split('/').filter(Boolean))
    const [bucket, ...below] = whole
    if (!isWanted || bucket === undefined) return []
    return [
      {
        ...{ triggerId: trigger.id, templateId: template.id, template: template.name },
        ...{ pattern: template.pattern, bucket, everyMinutes, since: trigger.since, last: trigger.listing },
        place: { ...storedPlace(endpoint), path: template.sourcePath, wrapped: [], roots: null },
        prefix: below.length > 0 ? `${below.join('/')}/` : '',
        base: `${endpoint.id} ${whole.join('/')}`,
      },
    ]
  })
}
