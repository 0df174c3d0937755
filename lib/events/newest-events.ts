import { type SQL, sql } from 'drizzle-orm'
import { wordList } from '#lib/db/list.ts'
import { events } from '#lib/db/schema/events.ts'
import type { EventFilters } from './schema.ts'
import { eventStates } from './states.ts'

/**
 * The ids and fates of events that a filter lets through, the newest `limit`, as a query. Each fate is read along its own index as far as the
 * limit and the ends are merged (as newestJobIds does): the cost is that of the page, however rare what is asked for is.
 * What is searched for in paths no index holds: whoever asks says how far to go.
 */
export function newestEvents(
  { state, templateId, jobId, since, until }: Omit<EventFilters, 'q'>,
  limit: number,
  ...only: SQL[]
): SQL {
  const bounds = [
    ...only,
    ...(since ? [sql`${events.id} >= ${firstIdOf(since)}`] : []),
    ...(until ? [sql`${events.id} < ${firstIdAfter(until)}`] : []),
    ...(templateId ? [sql`${events.templateId} = ${templateId}::uuid`] : []),
    ...(jobId ? [sql`${events.jobId} = ${jobId}::uuid`] : []),
  ]
  const page = sql`order by id desc limit ${limit}`
  const where = (conditions: SQL[]) =>
    conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``
  // A job has a few thousand at most, and all without a filter lie in one order.
  if (jobId || !(state || templateId)) {
    const states = state ? [sql`${events.state} = any(${wordList(state)})`] : []
    return sql`select id, state from ${events} ${where([...bounds, ...states])} ${page}`
  }
  return sql`
    select found.* from unnest(${wordList(state ?? eventStates)}) as wanted(fate)
    cross join lateral
      (select id, state from ${events} ${where([sql`${events.state} = wanted.fate`, ...bounds])} ${page}) as found ${page}`
}

// By the id: it tells when an event was received, and is what partitions and pages go by. Days are UTC.

function firstIdOf(time: string): SQL {
  return sql`uuidv7_floor(${isDay(time) ? `${time}T00:00:00Z` : time}::timestamptz)`
}

function firstIdAfter(time: string): SQL {
  return isDay(time)
    ? sql`uuidv7_floor(${`${time}T00:00:00Z`}::timestamptz + interval '1 day')`
    : firstIdOf(time)
}

function isDay(time: string): boolean {
  return time.length === 10
}
