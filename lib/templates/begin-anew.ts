import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { places } from '#lib/db/schema/places.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { countFromNow } from '#lib/triggers/count-from-now.ts'

/** No endpoint's. */
const NOWHERE = '00000000-0000-0000-0000-000000000000'

const takesFrom = (endpointId: string) =>
  and(eq(templates.sourceEndpointId, endpointId), isNull(templates.deletedAt))

/**
 * The templates that take from an endpoint, locked until the transaction ends: nobody writes events of them meanwhile. To
 * be called before the endpoint is locked, as everybody does who changes a template.
 */
export async function lockTemplatesFrom(tx: Tx, endpointId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: templates.id })
    .from(templates)
    .where(takesFrom(endpointId))
    .orderBy(asc(templates.id))
    .for('update')
  return rows.map(({ id }) => id)
}

/** Whether others take from it by now than those: one was made, or changed, before the endpoint was locked. */
export async function haveOthersFrom(tx: Tx, endpointId: string, known: readonly string[]): Promise<boolean> {
  const rows = await tx.select({ id: templates.id }).from(templates).where(takesFrom(endpointId))
  return rows.some(({ id }) => !known.includes(id))
}

/** Their source is another place from now on: what was told of the old one is of files elsewhere, what lies there is no event. */
export async function beginAnew(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .update(templates)
    // Not when the transaction began: an event of the old source may have been written since.
    .set({ sourceSince: sql`clock_timestamp()` })
    .where(inArray(templates.id, ids))
  // What was moved came from elsewhere: a file of the same path is no newer version of it.
  await tx
    .update(places)
    .set({ sourceEndpointId: NOWHERE })
    .where(and(inArray(places.templateId, ids), places.moved))
  for (const id of ids) await countFromNow(tx, id)
}
