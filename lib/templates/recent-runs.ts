import { sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { idList } from '#lib/db/list.ts'
import type { JobState } from '#lib/jobs/states.ts'

/** Runs looked at for the rate of success. */
export const RUNS = 20

/** How the latest runs of a template ended. Times are ISO 8601. */
export type RecentRuns = {
  last: { id: string; state: JobState; finishedAt: string } | null
  success: { id: string; finishedAt: string } | null
  /** Of the last twenty that completed or failed: a cancelled one says nothing. */
  ended: number
  completed: number
  /** Of all of them together. */
  running: number
}

type Row = {
  template_id: string
  last_id: string | null
  last_state: JobState
  last_at: Date
  success_id: string | null
  success_at: Date
  ended: number
  completed: number
  running: number
}

/** The newest of one state: a step along the index on template, state and id. */
const newest = (state: 'completed' | 'failed' | 'cancelled', count: number) => sql`
  (select j.id, j.state, j.finished_at from jobs j
   where j.template_id = t.id_ and j.state = ${sql.raw(`'${state}'`)} order by j.id desc limit ${count})`

/** For at most 200 templates at a time; each costs a few steps along an index, however many runs it had. */
export async function recentRuns({
  ctx,
  ids,
}: {
  ctx: Context
  ids: string[]
}): Promise<Map<string, RecentRuns>> {
  requireRole(ctx.actor, 'viewer')
  if (ids.length === 0) return new Map()
  const rows = (await ctx.db.execute(sql`
    select t.id_ as template_id, last.id as last_id, last.state as last_state, last.finished_at as last_at,
      success.id as success_id, success.finished_at as success_at, rate.ended, rate.completed, now_.running
    from unnest(${idList(ids.slice(0, 200))}) as t(id_)
    left join lateral (
      select * from (${newest('completed', 1)} union all ${newest('failed', 1)} union all ${newest('cancelled', 1)}) e
      order by id desc limit 1) last on true
    left join lateral ${newest('completed', 1)} success on true
    left join lateral (
      select count(*)::int as ended, (count(*) filter (where state = 'completed'))::int as completed
      from (select * from (${newest('completed', RUNS)} union all ${newest('failed', RUNS)}) e
        order by id desc limit ${RUNS}) r) rate on true
    left join lateral (
      select count(*)::int as running from (
        select 1 from jobs j where j.template_id = t.id_ and j.state = 'running' limit 100) r) now_ on true`)) as unknown as Row[]
  return new Map(rows.map((row) => [row.template_id, toRuns(row)]))
}

const iso = (time: Date | string) => new Date(time).toISOString()

function toRuns(row: Row): RecentRuns {
  return {
    last: row.last_id ? { id: row.last_id, state: row.last_state, finishedAt: iso(row.last_at) } : null,
    success: row.success_id ? { id: row.success_id, finishedAt: iso(row.success_at) } : null,
    ended: row.ended,
    completed: row.completed,
    running: row.running,
  }
}
