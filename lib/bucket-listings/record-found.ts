import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { recordIn } from '#lib/events/record-events.ts'
import { eventStates } from '#lib/events/states.ts'
import { holdTemplates } from '#lib/templates/lock-template.ts'
import { isOn } from '#lib/triggers/is-on.ts'
import type { BucketListing } from './find-listings.ts'
import { FOUND_BEFORE, lockTemplate } from './found-by-listing.ts'
import type { ListingState } from './state.ts'

/** An object as a listing shows it; the time is the storage's, to the second. */
export type ListedObject = { path: string; size: number; at: Date }

/** The template was switched off, on again or deleted since the listing began: what it found counts for nothing. */
export class ListingOverError extends Error {}

/** An event's time and an object's may differ by so much, and mean the same. */
const SAME_SECONDS = 120
/** Events are written by our clock, objects by the storage's. */
const CLOCKS_DIFFER_MS = 10 * 60_000

/**
 * Those of whose version the ledger of the template holds no event. An event at or after the object's time is of it, or
 * of a later one; one shortly before as well, when it is of the same size. What was `ignored` because a listing had
 * found it counts for nothing here: the listing's own event does.
 */
export async function withoutEvent(
  db: Db | Tx,
  { templateId }: Pick<BucketListing, 'templateId'>,
  objects: readonly ListedObject[],
  /** Events that were received before are not looked at. */
  receivedFrom?: Date,
): Promise<ListedObject[]> {
  if (objects.length === 0) return []
  const oldest = Math.min(...objects.map(({ at }) => at.getTime()))
  const from = receivedFrom ?? new Date(oldest - CLOCKS_DIFFER_MS)
  const given = JSON.stringify(objects.map(({ path, size, at }, n) => ({ n, path, size, at })))
  const states = sql.join(
    eventStates.map((state) => sql`${state}`),
    sql`, `,
  )
  const rows = await db.execute<{ n: number }>(sql`
    with known as materialized (
      select path, occurred_at, size from ${events}
      where template_id = ${templateId}::uuid and state in (${states})
        and id >= uuidv7_floor(${from.toISOString()}::timestamptz)
        and kind in ('created', 'restored') and reason is distinct from ${FOUND_BEFORE}
    )
    select n from jsonb_to_recordset(${given}::jsonb) as given(n int, path text, size bigint, at timestamptz)
    where not exists (
      select 1 from known
      where known.path = given.path and (known.occurred_at >= given.at
        or (known.occurred_at >= given.at - make_interval(secs => ${SAME_SECONDS})
          and coalesce(known.size, given.size) = given.size))
    )
    order by n`)
  return rows.map(({ n }) => objects[n]!)
}

/**
 * Makes events of objects whose own never came, in the caller's transaction: each version once, however often it is
 * listed. Looks at the ledger once more, with those who write events of messages kept out meanwhile. Returns what was
 * new. Throws ListingOverError.
 */
export async function recordFound(
  tx: Tx,
  listing: Pick<BucketListing, 'triggerId' | 'templateId' | 'since' | 'bucket' | 'prefix'>,
  objects: readonly ListedObject[],
  listedAt: Date,
): Promise<number> {
  await holdTemplates(tx, [listing.triggerId])
  await lockTemplate(tx, listing.templateId, 'alone')
  const [current] = await tx
    .select({ since: triggers.since })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(eq(triggers.id, listing.triggerId), isOn))
  if (current?.since.getTime() !== listing.since.getTime()) {
    throw new ListingOverError('The trigger was changed.')
  }
  const missing = await withoutEvent(tx, listing, objects, new Date(listedAt.getTime() - CLOCKS_DIFFER_MS))
  const { recorded } = await recordIn(
    tx,
    listing.triggerId,
    missing.map(({ path, size, at }) => ({
      ...{ kind: 'created', path, size, occurredAt: at },
      key: `listing ${path} ${at.toISOString()} ${size}`,
      detail: {
        ...{ bucket: listing.bucket, key: `${listing.prefix}${path}` },
        ...{ found: 'listing', listedAt: listedAt.toISOString() },
      },
    })),
  )
  return recorded
}

export async function saveListing(tx: Tx, triggerId: string, listing: ListingState): Promise<void> {
  await tx.update(triggers).set({ listing }).where(eq(triggers.id, triggerId))
}
