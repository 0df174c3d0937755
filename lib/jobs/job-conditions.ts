import { and, eq, gte, inArray, lt, or, type SQL, sql } from 'drizzle-orm'
import { jobs } from '#lib/db/schema/jobs.ts'
import { type JobFilters, withinHours } from './schema.ts'
import type { JobState } from './states.ts'

/**
 * When a job was created, asked of its id: a UUIDv7 begins with the time, so the primary key answers and no other
 * index is needed. Days are UTC, `until` included.
 */
function createdBetween({ within, since, until }: Pick<JobFilters, 'within' | 'since' | 'until'>): SQL[] {
  const where: SQL[] = []
  if (within) {
    const from = sql`now() - make_interval(hours => ${withinHours[within]}::int)`
    where.push(gte(jobs.id, sql`uuidv7_floor(${from})`))
  }
  if (since) where.push(gte(jobs.id, sql`uuidv7_floor(${`${since}T00:00:00Z`}::timestamptz)`))
  if (until)
    where.push(lt(jobs.id, sql`uuidv7_floor(${`${until}T00:00:00Z`}::timestamptz + interval '1 day')`))
  return where
}

/** What a list is narrowed by beside its states and endpoints, as a condition; undefined: by nothing. */
export function narrowing({
  operation,
  ...time
}: Pick<JobFilters, 'operation' | 'within' | 'since' | 'until'>): SQL | undefined {
  return and(...createdBetween(time), operation && eq(jobs.operation, operation))
}

/** What a list of jobs is narrowed by, all but its search. */
export function jobConditions({
  state,
  endpointId,
  templateId,
  operation,
  ...time
}: Omit<JobFilters, 'state' | 'q'> & { state?: JobState[] }): SQL[] {
  const where = createdBetween(time)
  if (state) where.push(inArray(jobs.state, state))
  if (templateId) where.push(eq(jobs.templateId, templateId))
  if (operation) where.push(eq(jobs.operation, operation))
  const uses =
    endpointId && or(eq(jobs.sourceEndpointId, endpointId), eq(jobs.destinationEndpointId, endpointId))
  if (uses) where.push(uses)
  return where
}
