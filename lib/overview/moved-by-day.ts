import { sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { databaseNow } from '#lib/db/now.ts'
import { jobs } from '#lib/db/schema/jobs.ts'

/** What the jobs that ended on one day (UTC) had moved. */
export type MovedDay = {
  /** "2026-11-21" */
  day: string
  bytes: number
  files: number
  completed: number
  failed: number
}

/** As many as fit a phone and still show two working weeks. */
export const CHART_DAYS = 14

/** A busy fortnight is a million rows: it is summed once in so long, and what ended since then each time. */
const KEPT_MS = 5 * 60_000
/** An end is written down when its transaction commits, a little later than it says. */
const COMMITTED_AFTER_MS = 10_000

/** What had ended `until` a time, by the database's clock, which the ends are told by. */
const kept = new WeakMap<Db, { renewAt: number; today: string; until: Date; days: MovedDay[] }>()

/** Bytes and files moved on each of the last days, the oldest first; a day without jobs is there with noughts. */
export async function movedByDay({ ctx }: { ctx: Context }): Promise<MovedDay[]> {
  requireRole(ctx.actor, 'viewer')
  const now = Date.now()
  const today = dayOf(now)
  const days = Array.from({ length: CHART_DAYS }, (_, ago) =>
    dayOf(now - (CHART_DAYS - 1 - ago) * 86_400_000),
  )
  let known = kept.get(ctx.db)
  if (!known || known.renewAt < now || known.today !== today) {
    const until = new Date((await databaseNow(ctx.db)).getTime() - COMMITTED_AFTER_MS)
    const summed = await sums(ctx.db, new Date(`${days[0]}T00:00:00Z`), until)
    known = { renewAt: now + KEPT_MS, today, until, days: summed }
    kept.set(ctx.db, known)
  }
  const found = [...known.days, ...(await sums(ctx.db, known.until, null))]
  return days.map((day) => {
    const none: MovedDay = { day, bytes: 0, files: 0, completed: 0, failed: 0 }
    return found.filter((one) => one.day === day).reduce(plus, none)
  })
}

function plus(a: MovedDay, b: MovedDay): MovedDay {
  return {
    day: a.day,
    bytes: a.bytes + b.bytes,
    files: a.files + b.files,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
  }
}

/** Along the index on `finished_at`, from one instant to before another. */
async function sums(db: Db, from: Date, to: Date | null): Promise<MovedDay[]> {
  const day = sql<string>`to_char(${jobs.finishedAt} at time zone 'UTC', 'YYYY-MM-DD')`
  const at = (time: Date) => sql`${time.toISOString()}::timestamptz`
  const rows = await db
    .select({
      day,
      bytes: sql<string>`sum(${jobs.bytes})`,
      files: sql<string>`sum(${jobs.files})`,
      completed: sql<number>`(count(*) filter (where ${jobs.state} = 'completed'))::int`,
      failed: sql<number>`(count(*) filter (where ${jobs.state} = 'failed'))::int`,
    })
    .from(jobs)
    .where(
      sql`${jobs.finishedAt} >= ${at(from)} ${to === null ? sql`` : sql`and ${jobs.finishedAt} < ${at(to)}`}`,
    )
    .groupBy(sql`1`)
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes), files: Number(row.files) }))
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
