import { sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
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

/** A busy fortnight is a million rows: days that are over are summed once in so long, today's each time. */
const PAST_KEPT_MS = 5 * 60_000

const past = new WeakMap<Db, { until: number; today: string; days: MovedDay[] }>()

/** Bytes and files moved on each of the last days, the oldest first; a day without jobs is there with noughts. */
export async function movedByDay({ ctx }: { ctx: Context }): Promise<MovedDay[]> {
  requireRole(ctx.actor, 'viewer')
  const now = Date.now()
  const today = dayOf(now)
  const days = Array.from({ length: CHART_DAYS }, (_, ago) =>
    dayOf(now - (CHART_DAYS - 1 - ago) * 86_400_000),
  )
  let known = past.get(ctx.db)
  if (!known || known.until < now || known.today !== today) {
    known = { until: now + PAST_KEPT_MS, today, days: await sums(ctx.db, days[0]!, today) }
    past.set(ctx.db, known)
  }
  const found = [...known.days, ...(await sums(ctx.db, today, null))]
  return days.map(
    (day) => found.find((one) => one.day === day) ?? { day, bytes: 0, files: 0, completed: 0, failed: 0 },
  )
}

/** Along the index on `finished_at`, from the first instant of `from` to that of `to`. */
async function sums(db: Db, from: string, to: string | null): Promise<MovedDay[]> {
  const day = sql<string>`to_char(${jobs.finishedAt} at time zone 'UTC', 'YYYY-MM-DD')`
  const start = (text: string) => sql`${`${text}T00:00:00Z`}::timestamptz`
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
      sql`${jobs.finishedAt} >= ${start(from)} ${to === null ? sql`` : sql`and ${jobs.finishedAt} < ${start(to)}`}`,
    )
    .groupBy(sql`1`)
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes), files: Number(row.files) }))
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
