import { and, isNotNull, lt, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { places } from '#lib/db/schema/places.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { idsOf, type Month } from '#lib/retention/months.ts'

const AT_ONCE = 50_000
/** By then the runs that it had begun have asked for their places; one that asks later is looked at the next time. */
const AFTER_MINUTES = 10

/** The places of templates that were deleted: nothing of theirs writes any more. */
export async function forgetPlaces({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  const gone = await ctx.db
    .select({ id: templates.id })
    .from(templates)
    .where(
      and(
        isNotNull(templates.deletedAt),
        lt(templates.deletedAt, sql`now() - make_interval(mins => ${AFTER_MINUTES})`),
        sql`exists (select 1 from ${places} where ${places.templateId} = ${templates.id})`,
      ),
    )
  for (const { id } of gone) await removeAll(ctx.db, sql`template_id = ${id}::uuid`)
}

/** Those that a copy of this month has filled last: the file was left at its source, and the job is gone. */
export async function forgetCopied(db: Db, month: Month): Promise<void> {
  const { from, to } = idsOf(month)
  await removeAll(db, sql`not moved and job_id >= ${from}::uuid and job_id < ${to}::uuid`)
}

async function removeAll(db: Db, which: ReturnType<typeof sql>): Promise<void> {
  for (let removed = AT_ONCE; removed === AT_ONCE; ) {
    const rows = await db.execute(sql`
      with part as (select ctid from ${places} where ${which} limit ${AT_ONCE})
      delete from ${places} where ctid in (select ctid from part) returning 1`)
    removed = rows.length
  }
}
