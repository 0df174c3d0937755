import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { type Context, requireRole } from '#lib/context.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { idList } from '#lib/db/list.ts'
import { endpointHealth, endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import type { Cause } from '#lib/jobs/causes.ts'
import { newestJobIds } from '#lib/jobs/newest-jobs.ts'
import { activeStates, type JobState, terminalStates } from '#lib/jobs/states.ts'
import type { EndpointHealth, HealthState } from './health-schema.ts'
import { findEndpointRow } from './queries.ts'

/** Failures of a job that may be a storage's doing; a full disk or a file that changed says nothing of its health. */
const OF_A_STORAGE: Cause[] = [
  ...(['network', 'sign_in', 'host_unknown', 'host_refused', 'host_key', 'certificate'] as const),
  ...(['clock_skew', 'region', 'container_missing', 'secret', 'permission', 'outside_roots'] as const),
]
/** Of what uses an endpoint, of each kind. */
const SHOWN = 10

type Ended = {
  endpoint_id: string
  id: string
  state: string
  at: Date
  cause: string | null
  message: string | null
}

/**
 * Whether endpoints work, by their last test or job, whichever was later. For each endpoint four places of the jobs'
 * indexes are read (either side, completed and failed), however many jobs there are.
 */
export async function readHealthStates(db: Db, ids: string[]): Promise<Map<string, HealthState>> {
  if (ids.length === 0) return new Map()
  const [tested, ended] = await Promise.all([
    db.select().from(endpointHealth).where(inArray(endpointHealth.endpointId, ids)),
    lastEnds(db, ids),
  ])
  return new Map(
    ids.map((id) => {
      const test = tested.find(({ endpointId }) => endpointId === id)
      const mine = ended.filter(({ endpoint_id }) => endpoint_id === id)
      return [id, stateOf(test, mine)]
    }),
  )
}

/** The newest job of each end on each side; by id, which is by its creation. */
async function lastEnds(db: Db, ids: string[]): Promise<Ended[]> {
  const newest = (side: 'source' | 'destination') => sql`
    select e.id_ as endpoint_id, j.* from unnest(${idList(ids)}) as e(id_)
    cross join unnest(array['completed', 'failed']) as s(state_)
    cross join lateral (
      select id, state, finished_at as at, error_cause as cause, error_message as message from jobs
      where ${sql.raw(`${side}_endpoint_id`)} = e.id_ and jobs.state = s.state_ order by id desc limit 1
    ) as j`
  const rows = await db.execute<Omit<Ended, 'at'> & { at: string | Date }>(
    sql`(${newest('source')}) union all (${newest('destination')})`,
  )
  return rows.map((row) => ({ ...row, at: new Date(row.at) }))
}

function stateOf(test: typeof endpointHealth.$inferSelect | undefined, ended: Ended[]): HealthState {
  const latest = (of: Ended[]) => of.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0]
  const completed = latest(ended.filter(({ state }) => state === 'completed'))
  const failed = latest(
    ended.filter(({ state, cause }) => state === 'failed' && OF_A_STORAGE.includes(cause as Cause)),
  )
  const success = later(
    test?.passedAt && { at: test.passedAt, jobId: null },
    completed && { at: completed.at, jobId: completed.id },
  )
  const failure = later(
    test?.failedAt && {
      at: test.failedAt,
      jobId: null,
      cause: test.failedCause,
      message: test.failedMessage,
    },
    failed && { at: failed.at, jobId: failed.id, cause: failed.cause, message: failed.message },
  )
  const state = later(
    success && { at: success.at, is: 'ok' as const },
    failure && { at: failure.at, is: 'failed' as const },
  )
  return {
    state: state?.is ?? 'unknown',
    lastSuccess: success && { ...success, at: success.at.toISOString() },
    lastFailure: failure && { ...failure, at: failure.at.toISOString() },
  }
}

function later<T extends { at: Date }, U extends { at: Date }>(
  a: T | null | undefined,
  b: U | null | undefined,
): T | U | null {
  if (!a || !b) return a ?? b ?? null
  return a.at >= b.at ? a : b
}

/** One endpoint's health with what it can do and what uses it. */
export async function readEndpointHealth({ ctx, id }: { ctx: Context; id: string }): Promise<EndpointHealth> {
  requireRole(ctx.actor, 'viewer')
  await findEndpointRow(ctx.db, id)
  const [states, [kept], over, saved, active, ended] = await Promise.all([
    readHealthStates(ctx.db, [id]),
    ctx.db.select().from(endpointHealth).where(eq(endpointHealth.endpointId, id)),
    endpointsOver(ctx.db, id),
    templatesUsing(ctx.db, id),
    jobsUsing(ctx.db, id, activeStates),
    jobsUsing(ctx.db, id, terminalStates),
  ])
  return {
    ...states.get(id)!,
    facts: kept?.facts ?? null,
    factsAt: kept?.factsAt?.toISOString() ?? null,
    usedBy: { endpoints: over, templates: saved, jobs: [...active, ...ended].slice(0, SHOWN) },
  }
}

/** Endpoints that lie over this one. */
export function endpointsOver(db: Db | Tx, id: string): Promise<{ id: string; name: string }[]> {
  return db
    .select({ id: endpoints.id, name: endpoints.name })
    .from(endpoints)
    .where(and(isNull(endpoints.deletedAt), sql`${endpoints.settings}::text like ${`%endpoint:${id}%`}`))
    .limit(SHOWN)
}

/** Templates that take from this one or put into it. */
export function templatesUsing(db: Db | Tx, id: string): Promise<{ id: string; name: string }[]> {
  return db
    .select({ id: templates.id, name: templates.name })
    .from(templates)
    .where(
      and(
        isNull(templates.deletedAt),
        or(eq(templates.sourceEndpointId, id), eq(templates.destinationEndpointId, id)),
      ),
    )
    .orderBy(templates.name)
    .limit(SHOWN)
}

/** The newest jobs in these states that take from this one or bring to it. */
export function jobsUsing(
  db: Db | Tx,
  id: string,
  states: readonly JobState[],
): Promise<EndpointHealth['usedBy']['jobs']> {
  const [source, destination] = [alias(endpoints, 'source'), alias(endpoints, 'destination')]
  return db
    .select({
      ...{ id: jobs.id, state: jobs.state, operation: jobs.operation },
      source: sql<string>`${source.name} || ':' || ${jobs.sourcePath}`,
      destination: sql<string>`${destination.name} || ':' || ${jobs.destinationPath}`,
    })
    .from(jobs)
    .innerJoin(source, eq(source.id, jobs.sourceEndpointId))
    .innerJoin(destination, eq(destination.id, jobs.destinationEndpointId))
    .where(sql`${jobs.id} in (${newestJobIds({ states, endpointIds: [id] }, SHOWN)})`)
    .orderBy(sql`${jobs.id} desc`)
}
