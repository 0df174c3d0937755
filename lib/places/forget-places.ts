import { and, isNotNull, lt, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { places } from '#lib/db/schema/places.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { idsOf, type Month } from '#lib/retention/months.ts'

const AT_ONCE = 50_000
/** By then what was about to make a job of it has; one that comes later is looked at the next time. */
const AFTER_MINUTES = 10

/** The places of templates that were deleted and have no job any more: nothing of theirs writes. */
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
        // One that waits or has failed may be begun again, however long after.
        sql`not exists (select 1 from ${jobs} where ${jobs.templateId} = ${templates.id})`,
      ),
    )
  for (const { id } of gone) await removeAll(ctx.db, sql`template_id = ${id}::uuid`)
}

/** Those that a copy of this month has filled last: the file was left at its source, and the job is gone. */
export async function forgetCopied(db: Db, month: Month): Promise<void> {
  const { from, to } = idsOf(month)
  await removeAll(db, sql`not moved and job_id >= ${from}::uuid and job_id < ${to}::uuid`)
}

/** What a run takes at this moment is left for the next time: to wait for each other would be a deadlock. */
async function removeAll(db: Db, which: ReturnType<typeof sql>): Promise<void> {
  for (let removed = AT_ONCE; removed === AT_ONCE; ) {
    const rows = await db.execute(sql`
      with part as (select ctid from ${places} where ${which} limit ${AT_ONCE} for update skip locked)
      delete from ${places} where ctid in (select ctid from part) returning 1`)
    removed = rows.length
  }
}
