import { and, desc, eq, gte, inArray, sql } from 'drizzle-orm'
import { findBuiltinAgent, latestWorker } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { type JobView, jobViewsByIds } from '#lib/jobs/queries.ts'
import { type SameTransfer, sameTransfers } from '#lib/jobs/same-transfer.ts'

/** Something that does not go on by itself, for a person to act on. */
export type Need =
  | { kind: 'worker'; heardAt: string | null }
  | { kind: 'disk'; free: number }
  | { kind: 'roots' }
  | { kind: 'failed'; view: JobView; same: SameTransfer }
  | { kind: 'waiting'; view: JobView }

export type Needs = {
  items: Need[]
  /** More than these, of either kind of job. */
  more: boolean
}

/** Below this the data folder's disk (database, logs) comes first: PostgreSQL stops when it is full. */
const LOW_DISK_BYTES = 2 * 1024 ** 3
/** A failure that nobody acted on for so long is history. */
const FAILED_DAYS = 14
const LOOKED_AT = 100
const SHOWN = 8

/** What needs a person, the gravest first. */
export async function readNeeds({ ctx }: { ctx: Context }): Promise<Needs> {
  requireRole(ctx.actor, 'viewer')
  const [worker, agent, failed, waiting] = await Promise.all([
    latestWorker(ctx.db),
    findBuiltinAgent(ctx.db),
    failedJobs(ctx),
    waitingJobs(ctx),
  ])
  const items: Need[] = []
  if (!worker || worker.away)
    items.push({ kind: 'worker', heardAt: worker?.heartbeatAt.toISOString() ?? null })
  if (worker?.diskFree != null && worker.diskFree < LOW_DISK_BYTES)
    items.push({ kind: 'disk', free: worker.diskFree })
  if (agent && !agent.roots) items.push({ kind: 'roots' })
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
  return { items, more: failed.length > SHOWN || waiting.length > SHOWN }
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

async function waitingJobs(ctx: Context): Promise<{ id: string }[]> {
  return ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(inArray(jobs.state, ['pending', 'paused']))
    .orderBy(desc(jobs.id))
    .limit(SHOWN + 1)
}
