import { and, inArray, isNull } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { isId } from '#lib/parse.ts'
import type { Checksums } from '../transfer/checksums.ts'

/** Those of files whose endpoint was deleted. */
export async function forgetChecksums(ctx: Context, checksums: Checksums): Promise<void> {
  const kept = (await checksums.bases()).filter(isId)
  if (kept.length === 0) return
  const there = await ctx.db
    .select({ id: endpoints.id })
    .from(endpoints)
    .where(and(inArray(endpoints.id, kept), isNull(endpoints.deletedAt)))
  const ids = new Set(there.map(({ id }) => id))
  for (const base of kept.filter((one) => !ids.has(one))) await checksums.forget(base)
}
