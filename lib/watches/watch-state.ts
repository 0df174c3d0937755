import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { watchedFiles, watches } from '#lib/db/schema/watches.ts'

export type WatchState = typeof watches.$inferSelect
export type Health = NonNullable<(typeof triggers.$inferSelect)['health']>

/**
 * What is known of a watch. When it begins, was switched on again or is of another folder, it has to look at what lies
 * there: what is older than `countsFrom` is no event. Of another folder nothing is known any more.
 */
export async function beginWatch(
  tx: Tx,
  { triggerId, base, since }: { triggerId: string; base: string; since: Date },
): Promise<WatchState> {
  const [before] = await tx.select().from(watches).where(eq(watches.triggerId, triggerId)).for('update')
  const isRestarted = before !== undefined && before.since.getTime() !== since.getTime()
  if (before && before.base === base && !isRestarted) return before
  const isMoved = before !== undefined && before.base !== base
  if (isMoved) await tx.delete(watchedFiles).where(eq(watchedFiles.triggerId, triggerId))
  const anew = {
    ...{ base, since, begunAt: null, device: null, inode: null },
    countsFrom: isMoved && !isRestarted ? sql`now()` : since,
  }
  const [state] = await tx
    .insert(watches)
    .values({ triggerId, ...anew })
    .onConflictDoUpdate({ target: watches.triggerId, set: anew })
    .returning()
  return state!
}

export async function saveWatch(
  tx: Tx,
  triggerId: string,
  values: Partial<Pick<WatchState, 'begunAt' | 'device' | 'inode'>>,
): Promise<void> {
  await tx.update(watches).set(values).where(eq(watches.triggerId, triggerId))
}

/** What a page shows of a trigger: whether it works, and if not, why and what to do. */
export async function saveHealth(tx: Tx, triggerId: string, health: Omit<Health, 'at'>): Promise<void> {
  await tx
    .update(triggers)
    .set({ health: { ...health, at: new Date().toISOString() } })
    .where(eq(triggers.id, triggerId))
}
