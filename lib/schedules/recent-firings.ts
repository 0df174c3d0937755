import { and, desc, eq, isNull } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { firings } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import type { Schedule } from './schedule-views.ts'

/** One time at which a schedule was due, and what came of it. */
export type PastFiring = NonNullable<Schedule['last']>

const SHOWN = 10

/** The last ten firings of each schedule of a template, the newest first, by the ids of the triggers. */
export async function recentFirings({
  ctx,
  templateId,
}: {
  ctx: Context
  templateId: string
}): Promise<Map<string, PastFiring[]>> {
  requireRole(ctx.actor, 'viewer')
  // A step along the key of each schedule: one that fires each minute has a hundred thousand rows.
  const past = ctx.db
    .select()
    .from(firings)
    .where(eq(firings.triggerId, triggers.id))
    .orderBy(desc(firings.dueAt))
    .limit(SHOWN)
    .as('past')
  const rows = await ctx.db
    .select({
      ...{ triggerId: past.triggerId, dueAt: past.dueAt, firedAt: past.firedAt },
      ...{ state: past.state, reason: past.reason, ping: past.ping },
      ...{ jobId: past.jobId, jobState: jobs.state },
    })
    .from(triggers)
    .crossJoinLateral(past)
    .leftJoin(jobs, eq(jobs.id, past.jobId))
    .where(and(eq(triggers.templateId, templateId), isNull(triggers.deletedAt)))
    .orderBy(desc(past.dueAt))
  const found = new Map<string, PastFiring[]>()
  for (const { triggerId, dueAt, firedAt, ...rest } of rows) {
    const one = { dueAt: dueAt.toISOString(), firedAt: firedAt.toISOString(), ...rest }
    found.set(triggerId, [...(found.get(triggerId) ?? []), one])
  }
  return found
}
