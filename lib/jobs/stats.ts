import { desc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { activeStates, type JobState, jobStates } from './states.ts'

export const statsSchema = z.object({
  active: z
    .record(z.enum(jobStates), z.number())
    .meta({ description: 'Jobs that have not ended, by state; each counted up to 10,000.' }),
  lastDay: z
    .object({
      completed: z.number(),
      failed: z.number(),
      cancelled: z.number(),
      files: z.number(),
      bytes: z.number(),
      more: z.boolean().meta({ description: 'More jobs ended; these are the sums of the latest 10,000.' }),
    })
    .meta({ description: 'Jobs that ended in the last 24 hours, and what they moved.' }),
})
export type Stats = z.infer<typeof statsSchema>

/** More is not counted: a number that large says enough, and a page must cost the same for ever. */
const COUNTED = 10_000

/** What runs and waits, and what the last day brought. */
export async function readStats({ ctx }: { ctx: Context }): Promise<Stats> {
  requireRole(ctx.actor, 'viewer')
  const active = await Promise.all(activeStates.map((state) => countUpTo(ctx, state)))
  const ended = ctx.db
    .select({ state: jobs.state, files: jobs.files, bytes: jobs.bytes })
    .from(jobs)
    .where(sql`${jobs.finishedAt} > now() - interval '24 hours'`)
    .orderBy(desc(jobs.finishedAt))
    .limit(COUNTED + 1)
    .as('ended')
  const [day] = await ctx.db
    .select({
      completed: sql<number>`(count(*) filter (where ${ended.state} = 'completed'))::int`,
      failed: sql<number>`(count(*) filter (where ${ended.state} = 'failed'))::int`,
      cancelled: sql<number>`(count(*) filter (where ${ended.state} = 'cancelled'))::int`,
      files: sql<string>`coalesce(sum(${ended.files}), 0)`,
      bytes: sql<string>`coalesce(sum(${ended.bytes}), 0)`,
      more: sql<boolean>`count(*) > ${COUNTED}`,
    })
    .from(ended)
  const none = Object.fromEntries(jobStates.map((state) => [state, 0])) as Stats['active']
  return {
    active: { ...none, ...Object.fromEntries(activeStates.map((state, at) => [state, active[at]])) },
    lastDay: { ...day!, files: Number(day!.files), bytes: Number(day!.bytes) },
  }
}

async function countUpTo(ctx: Context, state: JobState): Promise<number> {
  const counted = ctx.db.select({ id: jobs.id }).from(jobs).where(eq(jobs.state, state)).limit(COUNTED)
  const [row] = await ctx.db.select({ count: sql<number>`count(*)::int` }).from(counted.as('counted'))
  return row!.count
}
