import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { eventCounts, events } from '#lib/db/schema/events.ts'
import type { EventState } from './states.ts'

/** What the kept counts of a month were wrong by. */
export type Miscount = { templateId: string; month: string; state: EventState; missing: number }

/** Two that put right the same would do it twice. */
const LOCK = 74_012

/**
 * Adds up the counts that every statement has left, and compares those of some months with the events themselves: of this
 * month and of one before it, another each time, so that a year is gone through within hours. What differs is put right
 * and told. Counts and events are read as of one moment, so that what changes meanwhile is in both or in neither.
 */
export async function recountEvents({
  ctx,
  turn = Math.floor(Date.now() / 600_000),
}: {
  ctx: Context
  turn?: number
}): Promise<Miscount[]> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK}::bigint)`)
    await tx.execute(sql`
      with parts as (delete from ${eventCounts} returning *)
      insert into ${eventCounts} (template_id, month, state, count)
      select template_id, month, state, sum(count) from parts group by 1, 2, 3 having sum(count) <> 0`)
    const months = await tx.execute<{ month: string }>(sql`
      select distinct month from ${eventCounts}
      union select to_char(now() at time zone 'UTC', 'YYYY-MM') order by month desc`)
    const [now, ...before] = months.map(({ month }) => month)
    const looked = [now!, ...(before.length > 0 ? [before[turn % before.length]!] : [])]
    const found: Miscount[] = []
    for (const month of looked) {
      const from = sql`uuidv7_floor((${month} || '-01')::date::timestamp at time zone 'UTC')`
      const to = sql`uuidv7_floor(((${month} || '-01')::date + interval '1 month')::timestamp at time zone 'UTC')`
      found.push(
        ...(await tx.execute<Miscount>(sql`
          with difference as (
            select template_id, state, sum(count) as missing from (
              select template_id, state, count(*) as count from ${events} where id >= ${from} and id < ${to} group by 1, 2
              union all select template_id, state, -count from ${eventCounts} where month = ${month}
            ) as both_sides group by 1, 2 having sum(count) <> 0
          )
          insert into ${eventCounts} (template_id, month, state, count)
          select template_id, ${month}, state, missing from difference
          returning template_id as "templateId", month, state, count::float8 as missing`)),
      )
    }
    return found
  })
}
