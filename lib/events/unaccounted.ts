import { sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { eventKeys, events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'

/** What is wrong with the books, each in words that end "the books do not agree: …". */
export const mistakes = {
  forgotten: 'no job has taken an event',
  jobless: 'the job of an event is gone',
  ended: 'the job of an event has ended, and the event waits',
  unwritten: 'the key of an event is written, the event is not',
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

/** Keys that are looked at each time that a page asks. */
const NEWEST_KEYS = 1000

/**
 * Events whose fate does not follow from what is written elsewhere: forgotten by the gatherer, waiting for a job that has
 * ended or is gone, or written down without a row. There are none, unless something is wrong with us. At most a
 * thousand. It reads what waits and the newest `keys` of the last hour: its time does not grow with the ledger.
 */
export async function findUnaccounted({
  ctx,
  templateId,
  keys = NEWEST_KEYS,
}: {
  ctx: Pick<Context, 'db'>
  /** Of this template alone; keys without an event belong to none. */
  templateId?: string | undefined
  keys?: number
}): Promise<Unaccounted[]> {
  return ctx.db.execute<Unaccounted>(sql`
    select e.id as "eventId", e.job_id as "jobId", e.template_id as "templateId", case
        when e.job_id is null then 'forgotten'
        when j.id is null then 'jobless'
        else 'ended' end as mistake
    from ${events} e
    left join ${jobs} j on j.id = e.job_id
    left join ${templates} t on t.id = e.template_id
    where e.state = 'pending' and (${templateId ?? null}::uuid is null or e.template_id = ${templateId ?? null}::uuid) and (
      (e.job_id is null and e.waiting_since < now() - make_interval(secs => ${FORGOTTEN_SECONDS}
        + coalesce((t.gather->>'windowMs')::int, 0) / 1000)
        -- Not those that wait for a job of theirs to end (gather-events.ts).
        and not exists (select 1 from ${events} taken where taken.template_id = e.template_id
          and taken.state = 'pending' and taken.job_id is not null
          and (t.operation = 'sync' or taken.path = e.path)))
      or (e.job_id is not null and (j.id is null or j.finished_at is not null)))
    union all
    select k.event_id, null, null, 'unwritten'
    from (select event_id from ${eventKeys} where at > now() - interval '1 hour' order by at desc limit ${keys}) k
    left join lateral (select 1 as there from ${events} e where e.id = k.event_id) e on true
    where e.there is null and ${templateId ?? null}::uuid is null
    limit ${MOST}`)
}
