import { sql } from 'drizzle-orm'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'

/**
 * Of a row of `places`: the file has come to its place, or may have, or is on its way. It has not where its job failed
 * and either says so of the file or never had it; a worker that was killed or stopped cannot say that. A move that was
 * done before it could be told fails when it is tried again: its file is gone from the source.
 */
export function isTaken(row: 'owner' | 'places') {
  const of = sql.identifier(row)
  return sql`(${of}.kept or not exists (
    select 1 from ${jobs} as j
    left join ${transfers} as t on t.job_id = j.id and t.path_hash = md5(${of}.path)::uuid
    where j.id = ${of}.job_id and j.state in ('failed', 'cancelled')
      and (t.state = 'failed' or (t.state is null and j.unchanged_files = 0))
      and not exists (
        select 1 from ${attempts} as a where a.job_id = j.id and (${of}.moved or a.number > coalesce(t.attempt, 0))
          and a.started_at is not null and a.state in ('interrupted', 'cancelled'))))`
}
