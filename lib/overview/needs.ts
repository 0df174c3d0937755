import { and, asc, count, desc, eq, gte, isNull, notInArray, or, sql } from 'drizzle-orm'
import { findBuiltinAgent, latestWorker } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { findUnaccounted, mistakes } from '#lib/events/unaccounted.ts'
import { type JobView, jobViewsByIds } from '#lib/jobs/queries.ts'
import { type SameTransfer, sameTransfers } from '#lib/jobs/same-transfer.ts'
import { type RaisedFiring, raisedFirings } from '#lib/schedules/raised-firings.ts'
import { isOn } from '#lib/triggers/is-on.ts'

/** Something that does not go on by itself, for a person to act on. */
export type Need =
  | { kind: 'worker'; heardAt: string | null }
  | { kind: 'disk'; free: number }
  | { kind: 'roots' }
  | { kind: 'firing'; firing: RaisedFiring }
  /** A watch or a queue that does not work, or events of a bucket that never came. */
  | {
      kind: 'trigger'
      what: 'not_fed' | 'events_missing' | 'not_listed'
      templateId: string
      template: string
      message: string
      at: string
    }
  /** Events whose fate cannot be told: a mistake of ours. */
  | { kind: 'unaccounted'; count: number; why: string }
  | ({ kind: 'dead' } & DeadEvents)
  | { kind: 'failed'; view: JobView; same: SameTransfer }
  | { kind: 'waiting'; view: JobView }

/** Events of a template of which nothing can be made; a person decides about them. */
type DeadEvents = {
  templateId: string
  template: string
  count: number
  /** There may be more. */
  atLeast: boolean
}

/** Where those are looked at that are not shown. */
export type MoreNeeds = 'jobs' | 'templates' | 'events'

export type Needs = {
  items: Need[]
  /** Of which there are more than these. */
  more: MoreNeeds[]
}

/** Below this the data folder's disk (database, logs) comes first: PostgreSQL stops when it is full. */
const LOW_DISK_BYTES = 2 * 1024 ** 3
/** A failure that nobody acted on for so long is history. */
const FAILED_DAYS = 14
const LOOKED_AT = 100
/** Of more dead events than these the newest are counted: this is read at each look at the page. */
const DEAD_LOOKED_AT = 10_000
const SHOWN = 8

/** What needs a person, the gravest first. */
export async function readNeeds({ ctx }: { ctx: Context }): Promise<Needs> {
  requireRole(ctx.actor, 'viewer')
  const [worker, agent, firings, failed, waiting, broken, unaccounted, dead] = await Promise.all([
    latestWorker(ctx.db),
    findBuiltinAgent(ctx.db),
    raisedFirings({ ctx, most: SHOWN + 1 }),
    failedJobs(ctx),
    waitingJobs(ctx),
    brokenTriggers(ctx),
    findUnaccounted({ ctx }),
    deadEvents(ctx),
  ])
  const items: Need[] = []
  if (!worker || worker.away)
    items.push({ kind: 'worker', heardAt: worker?.heartbeatAt.toISOString() ?? null })
  if (worker?.diskFree != null && worker.diskFree < LOW_DISK_BYTES)
    items.push({ kind: 'disk', free: worker.diskFree })
  if (agent && !agent.roots) items.push({ kind: 'roots' })
  const [lost] = unaccounted
  if (lost) items.push({ kind: 'unaccounted', count: unaccounted.length, why: mistakes[lost.mistake] })
  for (const trigger of broken.slice(0, SHOWN)) items.push({ kind: 'trigger', ...trigger })
  for (const firing of firings.slice(0, SHOWN)) items.push({ kind: 'firing', firing })
  for (const one of dead.slice(0, SHOWN)) items.push({ kind: 'dead', ...one })
  const views = await jobViewsByIds(ctx, [
    ...failed.slice(0, SHOWN).map(({ id }) => id),
    ...waiting.slice(0, SHOWN).map(({ id }) => id),
  ])
  for (const { id, same } of failed.slice(0, SHOWN)) {
    const view = views.get(id)
    if (view) items.push({ kind: 'failed', view, same })
  }
  for (const { id } of waiting.slice(0, SHOWN)) {
    const view = views.get(id)
    if (view) items.push({ kind: 'waiting', view })
  }
  const isMore = (...lists: unknown[][]) => lists.some(({ length }) => length > SHOWN)
  return {
    items,
    more: [
      ...(isMore(failed, waiting) ? (['jobs'] as const) : []),
      ...(isMore(firings, broken) ? (['templates'] as const) : []),
      ...(isMore(dead) ? (['events'] as const) : []),
    ],
  }
}

/** Failed jobs that no later run of the same transfer has answered: of a transfer that fails daily, the latest. */
async function failedJobs(ctx: Context): Promise<{ id: string; same: SameTransfer }[]> {
  const rows = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        eq(jobs.state, 'failed'),
        gte(jobs.id, sql`uuidv7_floor(now() - make_interval(days => ${FAILED_DAYS}::int))`),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(LOOKED_AT)
  const found = await sameTransfers({ ctx, ids: rows.map(({ id }) => id) })
  return rows.flatMap(({ id }) => {
    const same = found.get(id)
    return same && (!same.last || same.last.id < id) ? [{ id, same }] : []
  })
}

/** What waits for the run before, or for an endpoint to answer again, goes on by itself. */
async function waitingJobs(ctx: Context): Promise<{ id: string }[]> {
  return ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      or(
        eq(jobs.state, 'paused'),
        and(eq(jobs.state, 'pending'), notInArray(jobs.waitingFor, ['parent', 'endpoint'])),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(SHOWN + 1)
}

/** Of templates that are on. */
async function brokenTriggers(ctx: Context) {
  const rows = await ctx.db
    .select({
      ...{ templateId: templates.id, template: templates.name },
      ...{ health: triggers.health, listing: triggers.listing },
    })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(isOn, sql`(${triggers.health}->>'state' = 'fail' or ${triggers.listing}->>'state' <> 'ok')`))
    .orderBy(asc(templates.name))
    .limit(SHOWN + 1)
  return rows.flatMap(({ health, listing, ...rest }) => {
    const isFed = health?.state !== 'fail'
    const told = isFed ? listing : health
    const listed = told?.state === 'fail' ? ('not_listed' as const) : ('events_missing' as const)
    const what = isFed ? listed : ('not_fed' as const)
    return told ? [{ ...rest, what, message: told.message, at: told.at }] : []
  })
}

/** Of templates that are there, the most first. */
async function deadEvents(ctx: Context): Promise<DeadEvents[]> {
  const newest = ctx.db
    .select({ templateId: events.templateId })
    .from(events)
    .where(
      and(
        eq(events.state, 'dead'),
        gte(events.id, sql`uuidv7_floor(now() - make_interval(days => ${FAILED_DAYS}::int))`),
      ),
    )
    .orderBy(desc(events.id))
    .limit(DEAD_LOOKED_AT)
    .as('newest')
  const found = await ctx.db
    .select({ templateId: templates.id, template: templates.name, count: count() })
    .from(newest)
    .innerJoin(templates, eq(templates.id, newest.templateId))
    .where(isNull(templates.deletedAt))
    .groupBy(templates.id)
    .orderBy(desc(count()), asc(templates.name))
    .limit(SHOWN + 1)
  const atLeast = found.reduce((sum, one) => sum + one.count, 0) >= DEAD_LOOKED_AT
  return found.map((one) => ({ ...one, atLeast }))
}
