import { inArray } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { referencesOf } from './references.ts'

/** One endpoint as an agent is given it: secrets sealed, each for its place (table `endpoints`, this row, its name). */
export const storedPlaceSchema = z.object({
  /** The row that its secrets are sealed for. */
  row: z.string(),
  type: z.string(),
  root: z.string(),
  settings: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
  deleted: z.boolean(),
})
export type StoredPlace = z.infer<typeof storedPlaceSchema>

/** An endpoint with those it lies over, the deepest first, so that each can be made after what it needs. */
export type Stored = StoredPlace & { wrapped: StoredPlace[] }

export function storedPlace(row: typeof endpoints.$inferSelect): StoredPlace {
  return {
    row: row.id,
    type: row.type,
    root: row.path,
    settings: row.settings,
    secrets: row.secrets,
    deleted: row.deletedAt !== null,
  }
}

/** More would be a mistake; each costs a read. */
const DEEPEST = 8

/**
 * The endpoints that these settings lie over, the deepest first, and those again over which they lie. `null` when they
 * go in a circle or too deep.
 */
export async function readWrapped(
  db: Db | Tx,
  settings: Record<string, string>,
  own?: string,
): Promise<StoredPlace[] | null> {
  const layers: StoredPlace[][] = []
  let ids = referencesOf(settings)
  while (ids.length > 0) {
    if (layers.length === DEEPEST || (own && ids.includes(own))) return null
    const rows = await db.select().from(endpoints).where(inArray(endpoints.id, ids))
    const layer = rows.map(storedPlace)
    layers.push(layer)
    ids = [...new Set(layer.flatMap((place) => referencesOf(place.settings)))]
  }
  // One that is wrapped twice is needed where it comes first from below.
  const seen = new Set<string>()
  return layers
    .toReversed()
    .flat()
    .filter(({ row }) => !seen.has(row) && seen.add(row))
}
