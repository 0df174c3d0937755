import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { nextFirings } from '#lib/schedules/next-firings.ts'
import { sentenceOf } from '#lib/schedules/schedule-words.ts'
import { isOn } from '#lib/triggers/is-on.ts'

/** What a schedule will start; `at` is ISO 8601. */
export type NextFiring = {
  triggerId: string
  templateId: string
  name: string
  at: string
  words: string
  timeZone: string
}

const SHOWN = 5

/** The nearest firings of all schedules that are on: a step along the index on the time due. */
export async function nextFiringsOfAll({ ctx }: { ctx: Context }): Promise<NextFiring[]> {
  requireRole(ctx.actor, 'viewer')
  const rows = await ctx.db
    .select({ trigger: triggers, templateId: templates.id, name: templates.name })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(gt(triggers.nextDueAt, sql`now()`), isOn))
    .orderBy(asc(triggers.nextDueAt))
    .limit(SHOWN)
  return rows.flatMap(({ trigger, templateId, name }) => {
    const { settings, nextDueAt } = trigger
    if (settings.type !== 'schedule' || !nextDueAt) return []
    const words = sentenceOf(settings)
    // What falls into a blackout is due, and skipped.
    const after = new Date(nextDueAt.getTime() - 1)
    const [next] = nextFirings(settings, { after, since: trigger.since, count: 1 })
    if (!next) return []
    const at = next.toISOString()
    return [{ triggerId: trigger.id, templateId, name, at, words, timeZone: settings.timeZone }]
  })
}
