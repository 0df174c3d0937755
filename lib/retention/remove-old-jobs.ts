import { and, asc, eq, gte, inArray, isNull, lt, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireAgent, systemActor } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { databaseNow } from '#lib/db/now.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { removedMonths } from '#lib/db/schema/retention.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { forgetCopied } from '#lib/places/forget-places.ts'
import { idsOf, type Month, monthAt, monthOf, nextMonth } from './months.ts'
import { dropPartitions, oldPartitions } from './partitions.ts'

/** Jobs removed in one transaction: some 50 ms, in which no other job is held. */
const A_BATCH = 1000

type Removed = typeof removedMonths.$inferSelect

export type Removal = {
  removed: Removed[]
  /** Old months that stay for now: a job of theirs has not ended, or somebody reads their files. */
  held: { month: Month; because: 'unfinished job' | 'table in use' }[]
}

/**
 * Removes the jobs that were made before the last `keepMonths` months, month by month: first the jobs and their
 * attempts, in batches, then the month's files, log lines and events, by dropping their partitions, and the places that
 * its copies filled last. So no job is ever without its files,
 * and one that is retried in between keeps its month. What was removed stays as sums in `removed_months` and in an
 * audit row. May be cut off anywhere and run by several workers at once.
 */
export async function removeOldJobs({
  ctx,
  keepMonths,
}: {
  ctx: Context
  keepMonths: number
}): Promise<Removal> {
  requireAgent(ctx.actor)
  const removal: Removal = { removed: [], held: [] }
  if (keepMonths === 0) return removal
  const kept = await firstKept(ctx.db, keepMonths)
  for (const month of await oldMonths(ctx.db, kept)) {
    if (await hasJobs(ctx.db, month, 'unfinished')) {
      removal.held.push({ month, because: 'unfinished job' })
      continue
    }
    while ((await removeBatch(ctx.db, month)) > 0);
    // One that was retried meanwhile is there again.
    if (await hasJobs(ctx.db, month, 'any')) {
      removal.held.push({ month, because: 'unfinished job' })
    } else if (!(await dropPartitions(ctx.db, month))) {
      removal.held.push({ month, because: 'table in use' })
    } else {
      await forgetCopied(ctx.db, month)
      const ended = await endMonth(ctx.db, month)
      if (ended) removal.removed.push(ended)
    }
  }
  return removal
}

/** On the database's clock, as all that decides. */
async function firstKept(db: Db, keepMonths: number): Promise<Month> {
  return monthAt(await databaseNow(db), -keepMonths)
}

/** Months before `kept` of which there is anything: partitions, jobs, or a removal that was cut off. */
async function oldMonths(db: Db, kept: Month): Promise<Month[]> {
  const months = new Set(await oldPartitions(db, kept))
  const begun = await db
    .select({ month: removedMonths.month })
    .from(removedMonths)
    .where(isNull(removedMonths.endedAt))
  for (const { month } of begun) if (month < kept) months.add(month)
  const [oldest] = await db.select({ id: jobs.id }).from(jobs).orderBy(asc(jobs.id)).limit(1)
  for (let month = oldest ? monthOf(oldest.id) : kept; month < kept; month = nextMonth(month))
    months.add(month)
  return [...months].sort()
}

async function hasJobs(db: Db, month: Month, which: 'unfinished' | 'any'): Promise<boolean> {
  const { from, to } = idsOf(month)
  const [one] = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        gte(jobs.id, from),
        lt(jobs.id, to),
        which === 'unfinished' ? inArray(jobs.state, [...activeStates]) : undefined,
      ),
    )
    .limit(1)
  return one !== undefined
}

/** Returns how many it removed. A job that a person just retries is locked or unfinished, and stays. */
async function removeBatch(db: Db, month: Month): Promise<number> {
  const { from, to } = idsOf(month)
  const [sums] = await db.execute<{ jobs: string }>(sql`
    with due as (
      select id from jobs where id >= ${from} and id < ${to} and finished_at is not null
      order by id limit ${A_BATCH} for update skip locked
    ), gone as (
      delete from jobs using due where jobs.id = due.id returning files, bytes, failed_files
    ), sums as (
      select count(*) as jobs, sum(files) as files, sum(bytes) as bytes, sum(failed_files) as failed from gone
    ), told as (
      insert into removed_months as m (month, jobs, files, bytes, failed_files)
      select ${month}, jobs, files, bytes, failed from sums where jobs > 0
      on conflict (month) do update set jobs = m.jobs + excluded.jobs, files = m.files + excluded.files,
        bytes = m.bytes + excluded.bytes, failed_files = m.failed_files + excluded.failed_files, ended_at = null
    )
    select jobs from sums`)
  return Number(sums!.jobs)
}

async function endMonth(db: Db, month: Month): Promise<Removed | null> {
  return db.transaction(async (tx) => {
    const [ended] = await tx
      .update(removedMonths)
      .set({ endedAt: sql`now()` })
      .where(and(eq(removedMonths.month, month), isNull(removedMonths.endedAt)))
      .returning()
    if (!ended) return null
    const { jobs: count, files, bytes, failedFiles } = ended
    await recordAudit(tx, systemActor('retention'), {
      action: 'retention.remove_month',
      subjectId: month,
      detail: { jobs: count, files, bytes, failedFiles },
    })
    return ended
  })
}
