import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { eventKeys, objectHeads } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { watchedFiles, watches } from '#lib/db/schema/watches.ts'

const AT_ONCE = 50_000
/** By then nobody who had begun to watch or listen for it writes any more. */
const AFTER_MINUTES = 10

/** What watches and queues remember of files, when their triggers are gone: of each trigger once, in portions. */
export async function forgetTriggers(ctx: Context): Promise<void> {
  const gone = await ctx.db
    .select({ id: triggers.id })
    .from(triggers)
    .where(
      and(
        isNotNull(triggers.deletedAt),
        isNull(triggers.forgottenAt),
        lt(triggers.deletedAt, sql`now() - make_interval(mins => ${AFTER_MINUTES})`),
      ),
    )
  for (const { id } of gone) {
    for (const table of [watchedFiles, watches, objectHeads, eventKeys]) {
      for (let removed = AT_ONCE; removed === AT_ONCE; ) {
        const rows = await ctx.db.execute(sql`
          with part as (select ctid from ${table} where trigger_id = ${id}::uuid limit ${AT_ONCE})
          delete from ${table} where ctid in (select ctid from part) returning 1`)
        removed = rows.length
      }
    }
    await ctx.db.update(triggers).set({ forgottenAt: sql`now()` }).where(eq(triggers.id, id))
  }
}
