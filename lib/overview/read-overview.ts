import { desc, eq, ne } from 'drizzle-orm'
import { latestWorker } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { countEndpoints } from '#lib/endpoints/queries.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import type { EventSummary } from '#lib/events/schema.ts'
import { type JobView, jobViewsByIds } from '#lib/jobs/queries.ts'
import { readStats, type Stats } from '#lib/jobs/stats.ts'
import { type MovedDay, movedByDay } from './moved-by-day.ts'
import { type Needs, readNeeds } from './needs.ts'
import { type NextFiring, nextFiringsOfAll } from './next-firings.ts'

export type Overview = {
  /** False on the first day: nothing was ever moved. */
  anyJob: boolean
  endpoints: number
  running: JobView[]
  needs: Needs
  successes: JobView[]
  moved: MovedDay[]
  stats: Stats
  /** The events of the last 24 hours; null where nothing is listened to. */
  account: EventSummary | null
  next: NextFiring[]
  slots: { busy: number; all: number } | null
  diskFree: number | null
}

const RUNNING_SHOWN = 20
const SUCCESSES_SHOWN = 5

/** What a person sees first. Every part is bounded: it costs the same over ten jobs and a million. */
export async function readOverview({ ctx }: { ctx: Context }): Promise<Overview> {
  requireRole(ctx.actor, 'viewer')
  const newest = (state: 'running' | 'completed', limit: number) =>
    ctx.db.select({ id: jobs.id }).from(jobs).where(eq(jobs.state, state)).orderBy(desc(jobs.id)).limit(limit)
  const [any, endpoints, running, successes, needs, moved, stats, worker, next, account] = await Promise.all([
    ctx.db.select({ id: jobs.id }).from(jobs).limit(1),
    countEndpoints({ ctx }),
    newest('running', RUNNING_SHOWN),
    newest('completed', SUCCESSES_SHOWN),
    readNeeds({ ctx }),
    movedByDay({ ctx }),
    readStats({ ctx }),
    latestWorker(ctx.db),
    nextFiringsOfAll({ ctx }),
    accountOfDay(ctx),
  ])
  const views = await jobViewsByIds(
    ctx,
    [...running, ...successes].map(({ id }) => id),
  )
  const found = (rows: { id: string }[]) => rows.flatMap(({ id }) => views.get(id) ?? [])
  return {
    anyJob: any.length > 0,
    endpoints,
    running: found(running),
    needs,
    successes: found(successes),
    moved,
    stats,
    account,
    next,
    slots: worker && !worker.away ? { busy: worker.busySlots, all: worker.slots } : null,
    diskFree: worker?.diskFree ?? null,
  }
}

async function accountOfDay(ctx: Context): Promise<EventSummary | null> {
  const [any] = await ctx.db
    .select({ id: triggers.id })
    .from(triggers)
    .where(ne(triggers.type, 'schedule'))
    .limit(1)
  return any ? summarizeEvents({ ctx, input: { within: '24h' } }) : null
}
