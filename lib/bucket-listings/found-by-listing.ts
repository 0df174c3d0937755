import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'

/** Why the event of a message is ignored whose object a listing had found before. */
export const FOUND_BEFORE = 'A listing of the bucket had found this object before its event came.'

/** What a message tells of an object that was created; the time is the storage's. */
export type LateEvent = { path: string; size: number | null; occurredAt: Date }

/** First key of the locks of templates whose ledger is written by queue and listing. */
const LOCKS = 74_011

/** Those who write events of messages do it `together`; the listing, which writes what they lack, `alone`. */
export async function lockTemplate(tx: Tx, templateId: string, how: 'together' | 'alone'): Promise<void> {
  const lock = sql.raw(how === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared')
  await tx.execute(sql`select ${lock}(${LOCKS}::int, hashtext(${templateId}::text))`)
}

/** An object's time in a listing is to the second, and may be that of the beginning of its upload. */
const SAME_SECONDS = 5

/**
 * Of each event of a message whether a listing had found its object already, so that it is not transferred twice: to be
 * called in the transaction that then records them, before it does. True for an event not later than the version that
 * was listed, and for one of the same size that happened before the listing looked (uploads in parts are listed with
 * the time at which they began). A later version is an event of its own.
 */
export async function foundByListing(
  tx: Tx,
  triggerId: string,
  happened: readonly LateEvent[],
): Promise<boolean[]> {
  const [trigger] = await tx
    .select({ templateId: triggers.templateId })
    .from(triggers)
    .where(eq(triggers.id, triggerId))
  if (!trigger || happened.length === 0) return happened.map(() => false)
  await lockTemplate(tx, trigger.templateId, 'together')
  const given = JSON.stringify(
    happened.map(({ path, size, occurredAt }, n) => ({ n, path, size, at: occurredAt })),
  )
  const rows = await tx.execute<{ n: number }>(sql`
    select n from jsonb_to_recordset(${given}::jsonb) as given(n int, path text, size bigint, at timestamptz)
    where exists (
      select 1 from ${events} as found
      where found.template_id = ${trigger.templateId}::uuid and found.path = given.path
        and found.detail ->> 'found' = 'listing'
        and (given.at <= found.occurred_at + make_interval(secs => ${SAME_SECONDS})
          or (given.size = found.size and given.at <= (found.detail ->> 'listedAt')::timestamptz))
    )`)
  const late = new Set(rows.map(({ n }) => n))
  return happened.map((_, n) => late.has(n))
}
