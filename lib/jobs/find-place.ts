import { and, desc, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { encodeCursor } from '#lib/cursor.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { parseInput } from '#lib/parse.ts'
import { jobConditions } from './job-conditions.ts'
import { jobFiltersSchema, listJobsSchema } from './schema.ts'

/** Beyond this nobody counts for a page; an unfiltered list then takes the planner's own estimate. */
const COUNTED = 10_000

export type JobCount = { count: number; exact: boolean }

/**
 * How many jobs the filters leave: exact to 10,000. Above it, without filters, PostgreSQL's estimate; with them
 * 10,000 and not exact. A search is not counted (null): it might read every row to find few.
 */
export async function countJobs({ ctx, input }: { ctx: Context; input: unknown }): Promise<JobCount | null> {
  requireRole(ctx.actor, 'viewer')
  const { q, cursor: _, limit: __, ...filters } = parseInput(listJobsSchema, input)
  if (q) return null
  const where = jobConditions(filters)
  const counted = ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(...where))
    .limit(COUNTED + 1)
    .as('counted')
  const [row] = await ctx.db.select({ count: sql<number>`count(*)::int` }).from(counted)
  if (row!.count <= COUNTED) return { count: row!.count, exact: true }
  if (where.length > 0) return { count: COUNTED, exact: false }
  const [about] = await ctx.db.execute<{ rows: number }>(
    sql`select reltuples::bigint::int as rows from pg_class where oid = 'jobs'::regclass`,
  )
  return { count: Math.max(COUNTED, Number(about!.rows)), exact: false }
}

const placeSchema = z.strictObject({
  filters: jobFiltersSchema.omit({ q: true }),
  /** The newest job of the list as it was first read: what came since shifts nothing. */
  head: z.uuid(),
  offset: z.number().int().min(1).max(5_000_000),
})

/**
 * The cursor after which the row at `offset` comes, for a list whose bar was dragged: a walk along an index that
 * reads no row (a million in about a tenth of a second). Null beyond the end.
 */
export async function findPlace({ ctx, input }: { ctx: Context; input: unknown }): Promise<string | null> {
  requireRole(ctx.actor, 'viewer')
  const { filters, head, offset } = parseInput(placeSchema, input)
  const { q: _, cursor: __, limit: ___, ...where } = parseInput(listJobsSchema, filters)
  const [row] = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(lte(jobs.id, head), ...jobConditions(where)))
    .orderBy(desc(jobs.id))
    .offset(offset - 1)
    .limit(1)
  return row ? encodeCursor([row.id]) : null
}
