import { type SQL, sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { eventKeys, events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { transfers } from '#lib/db/schema/transfers.ts'

/** What is wrong with the books, each in words that end "the books do not agree: …". */
export const mistakes = {
  forgotten: 'no job has taken an event',
  jobless: 'the job of an event is gone',
  ended: 'the job of an event has ended, and the event waits',
  unwritten: 'the key of an event is written, the event is not',
  unfounded: 'an event says that its file arrived, its job has no account of it',
  untold: 'the file of an event arrived, the event says that it failed',
} as const
export type Mistake = keyof typeof mistakes

export type Unaccounted = {
  eventId: string
  mistake: Mistake
  jobId: string | null
  templateId: string | null
}

/** Gathering takes a fraction of a second; what waits for longer than this was forgotten. */
const FORGOTTEN_SECONDS = 120
const MOST = 1000

/** Keys, and events that were settled, that are looked at each time that a page asks. */
const NEWEST = 1000

/**
 * Events whose fate does not follow from what is written elsewhere: forgotten by the gatherer, waiting for a job that has
 * ended or is gone, settled against what their job says of their file, or written down without a row. There are none,
 * unless something is wrong with us. At most a thousand. It reads what waits, and of the last hour the `newest` that were
 * settled and the `newest` keys: its time does not grow with the ledger.
 */
export async function findUnaccounted({
  ctx,
  templateId,
  newest = NEWEST,
}: {
  ctx: Pick<Context, 'db'>
  /** Of this template alone; keys without an event belong to none. */
  templateId?: string | undefined
  newest?: number
}): Promise<Unaccounted[]> {
  const own = (column: SQL) =>
    sql`(${templateId ?? null}::uuid is null or ${column} = ${templateId ?? null}::uuid)`
  return ctx.db.execute<Unaccounted>(sql`
    with latest as materialized (
      select e.id, e.template_id, e.job_id, e.path, e.state, e.settled_at from ${events} e
      where e.state in ('transferred', 'failed') and e.settled_at > now() - interval '1 hour' and ${own(sql`e.template_id`)}
      order by e.settled_at desc limit ${newest}
    ), settled as materialized (
      select l.*, t.state as file from latest l
      left join lateral (
        select state from ${transfers} t where t.job_id = l.job_id and t.path_hash = md5(l.path)::uuid limit 1
      ) t on true
    ), unproved as materialized (
      -- What an earlier end of the job has settled, its figures do not tell any more.
      select s.*, j.unchanged_files, j.state as "end", coalesce(j.plan ->> 'kind', '') = 'listed' as listed
      from settled s join ${jobs} j on j.id = s.job_id
      where s.state = 'transferred' and s.file is distinct from 'completed' and s.settled_at >= j.finished_at
    ), short as (
      -- Jobs of listed files that have neither a row for each of them, nor found the others there already.
      select u.job_id from unproved u where u.listed group by u.job_id, u.unchanged_files
      having (select count(*) from ${transfers} t where t.job_id = u.job_id) + u.unchanged_files
        < (select count(distinct path) from ${events} e where e.job_id = u.job_id)
    )
    select e.id as "eventId", e.job_id as "jobId", e.template_id as "templateId", case
        when e.job_id is null then 'forgotten'
        when j.id is null then 'jobless'
        else 'ended' end as mistake
    from ${events} e
    left join ${jobs} j on j.id = e.job_id
    left join ${templates} t on t.id = e.template_id
    where e.state = 'pending' and ${own(sql`e.template_id`)} and (
      (e.job_id is null and e.waiting_since < now() - make_interval(secs => ${FORGOTTEN_SECONDS}
        + coalesce((t.gather->>'windowMs')::int, 0) / 1000)
        -- Not those that wait for a job of theirs to end (gather-events.ts).
        and not exists (select 1 from ${events} taken where taken.template_id = e.template_id
          and taken.state = 'pending' and taken.job_id is not null
          and (t.operation = 'sync' or taken.path = e.path)))
      or (e.job_id is not null and (j.id is null or j.finished_at is not null)))
    union all
    select id, job_id, template_id, 'untold' from settled where state = 'failed' and file = 'completed'
    union all
    select id, job_id, template_id, 'unfounded' from unproved
    -- A sync, whose files nobody has listed, tells of those that it changed: the others are as they should be where it
    -- completed, and nothing is known of them where it did not.
    where file = 'failed' or job_id in (select job_id from short) or (not listed and "end" <> 'completed')
    union all
    select k.event_id, null, null, 'unwritten'
    from (select event_id from ${eventKeys} where at > now() - interval '1 hour' order by at desc limit ${newest}) k
    left join lateral (select 1 as there from ${events} e where e.id = k.event_id) e on true
    where e.there is null and ${templateId ?? null}::uuid is null
    limit ${MOST}`)
}
