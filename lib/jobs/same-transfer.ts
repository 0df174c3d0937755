import { sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import type { JobState } from './states.ts'

/** How other runs of a job's transfer (the same operation, sides and paths) went. Times are ISO 8601. */
export type SameTransfer = {
  /** The latest other one that has ended. */
  last: { id: string; state: JobState; finishedAt: string } | null
  /** The latest that completed, this one included. */
  success: { id: string; finishedAt: string } | null
}

/** Written as the index `jobs_same` has it, or it is not used. */
const same = sql`o.source_endpoint_id = j.source_endpoint_id and o.destination_endpoint_id = j.destination_endpoint_id
  and md5(o.operation || o.source_path || '//' || o.destination_path)::uuid
    = md5(j.operation || j.source_path || '//' || j.destination_path)::uuid
  and o.finished_at is not null`

/** The latest run of the same transfer that ended in `state`: one step along the index. */
const latest = (state: 'completed' | 'failed' | 'cancelled') => sql`
  (select o.id, o.state, o.finished_at from jobs o
   where ${same} and o.state = ${sql.raw(`'${state}'`)} and o.id <> j.id
   order by o.id desc limit 1)`

type Row = {
  id: string
  state: JobState
  finished_at: Date | null
  last_id: string | null
  last_state: JobState
  last_at: Date
  success_id: string | null
  success_at: Date
}

const iso = (time: Date | string) => new Date(time).toISOString()

/** What became of the same transfers before and after, for at most 200 jobs at a time. */
export async function sameTransfers({
  ctx,
  ids,
}: {
  ctx: Context
  ids: string[]
}): Promise<Map<string, SameTransfer>> {
  requireRole(ctx.actor, 'viewer')
  if (ids.length === 0) return new Map()
  const list = sql.join(
    ids.slice(0, 200).map((id) => sql`${id}::uuid`),
    sql`, `,
  )
  const rows = (await ctx.db.execute(sql`
    select j.id, j.state, j.finished_at,
      last.id as last_id, last.state as last_state, last.finished_at as last_at,
      success.id as success_id, success.finished_at as success_at
    from jobs j
    left join lateral ${latest('completed')} success on true
    left join lateral (
      select * from (${latest('completed')} union all ${latest('failed')} union all ${latest('cancelled')}) ended
      order by id desc limit 1
    ) last on true
    where j.id in (${list})`)) as unknown as Row[]
  return new Map(rows.map((row) => [row.id, toSame(row)]))
}

function toSame(row: Row): SameTransfer {
  const own = row.state === 'completed' && (row.success_id === null || row.id > row.success_id)
  const success = own
    ? { id: row.id, finishedAt: iso(row.finished_at!) }
    : row.success_id && { id: row.success_id, finishedAt: iso(row.success_at) }
  return {
    last: row.last_id ? { id: row.last_id, state: row.last_state, finishedAt: iso(row.last_at) } : null,
    success: success || null,
  }
}
