import { type SQL, sql } from 'drizzle-orm'
import { idList, wordList } from '#lib/db/list.ts'
import { type JobState, jobStates } from './states.ts'

export type JobFilter = {
  states?: readonly JobState[] | undefined
  /** Jobs that take from or bring to one of these. */
  endpointIds?: readonly string[] | undefined
  /** Runs of this template. */
  templateId?: string | undefined
  /** Older than this job. */
  before?: string | null | undefined
  /** Anything else that each must hold. */
  only?: SQL | undefined
}

/**
 * The ids of the newest `limit` jobs that a filter lets through, as a query. Each state and endpoint is read along its
 * own index as far as the limit and the ends are merged, so the cost is that of the page, however old or rare what is
 * asked for is: PostgreSQL left to itself walks back over a million others when it takes them for frequent.
 */
export function newestJobIds(
  { states, endpointIds, templateId, before, only }: JobFilter,
  limit: number,
): SQL {
  const older = sql`${before ? sql`and id < ${before}::uuid` : sql``} ${only ? sql`and ${only}` : sql``}`
  const page = sql`order by id desc limit ${limit}`
  if (!states && !endpointIds && !templateId) return sql`select id from jobs where true ${older} ${page}`
  const wanted = sql`unnest(${wordList(states ?? jobStates)}) as s(state)`
  if (templateId) {
    const uses =
      endpointIds &&
      sql`and (${usesOne('source_endpoint_id', endpointIds)} or ${usesOne('destination_endpoint_id', endpointIds)})`
    return sql`
      select id from ${wanted} cross join lateral
        (select id from jobs where template_id = ${templateId}::uuid and jobs.state = s.state ${uses ?? sql``} ${older} ${page}) as found ${page}`
  }
  if (!endpointIds) {
    return sql`
      select id from ${wanted} cross join lateral
        (select id from jobs where jobs.state = s.state ${older} ${page}) as found ${page}`
  }
  return sql`
    select distinct id
    from ${wanted} cross join unnest(${idList(endpointIds)}) as e(id_)
    cross join lateral (
      (select id from jobs where source_endpoint_id = e.id_ and jobs.state = s.state ${older} ${page})
      union all
      (select id from jobs where destination_endpoint_id = e.id_ and jobs.state = s.state ${older} ${page})
    ) as found ${page}`
}

function usesOne(column: 'source_endpoint_id' | 'destination_endpoint_id', ids: readonly string[]): SQL {
  return sql`${sql.raw(column)} = any(${idList(ids)})`
}
