import { and, desc, eq, inArray, isNotNull, lte, type SQL, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { notify } from '#lib/live/channel.ts'
import { type Assignment, assign, findSides } from './assignment.ts'
import { writeLog } from './report-attempts.ts'
import type { AttemptReport } from './schema.ts'
import { restStates } from './states.ts'

/** How long a look for partial files is its worker's without a word. */
export const TIDY_HELD_SECONDS = 10

/**
 * A job whose lost attempt may have left partial files, and that has no next attempt that looks for them. `until`
 * names the hold: whoever has it no longer changes nothing.
 */
export type Tidying = { assignment: Assignment; until: string }

/** What came of it. `later`: it could not be done, or not all of it. */
export type Tidied = { removed: number; later: string | null }

/** Storages that are away for longer are not waited for. */
const GIVEN_UP_AFTER = '1 day'

const isWriting = sql`exists (select 1 from ${jobs} as other
  where other.state = 'running' and other.destination_endpoint_id = ${jobs.destinationEndpointId} and (
    starts_with(other.destination_path || '/', ${jobs.destinationPath} || '/')
    or starts_with(${jobs.destinationPath} || '/', other.destination_path || '/')
    or '' in (other.destination_path, ${jobs.destinationPath})))`

/** No attempt of its own may come meanwhile, and none of another job write there. */
const mayBeTidied = and(inArray(jobs.state, [...restStates]), isNotNull(jobs.tidyAt), sql`not ${isWriting}`)

const held = sql`now() + make_interval(secs => ${TIDY_HELD_SECONDS})`
const until = sql<string>`${jobs.tidyAt}::text`
const isHeld = ({ assignment, until: own }: Tidying): SQL =>
  and(eq(jobs.id, assignment.jobId), sql`${jobs.tidyAt} = ${own}::timestamptz`)!

/** Takes the job that has waited longest for somebody to look for its partial files. */
export async function takeTidying({ ctx }: { ctx: Context }): Promise<Tidying | null> {
  requireAgent(ctx.actor)
  const due = ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(mayBeTidied, lte(jobs.tidyAt, sql`now()`)))
    .orderBy(jobs.tidyAt)
    .limit(1)
    .for('update', { skipLocked: true })
  // Alone: it is asked all the time, and nearly always finds none.
  const [taken] = await ctx.db
    .update(jobs)
    .set({ tidyAt: held })
    // Of a subquery the planner may ask again for each row, and then it is another one.
    .where(sql`${jobs.id} = any (array(${due}))`)
    .returning({ id: jobs.id, until })
  if (!taken) return null
  return ctx.db.transaction(async (tx) => {
    const [[given], sides] = await Promise.all([
      tx
        .select({ attempt: attempts, job: jobs })
        .from(attempts)
        .innerJoin(jobs, eq(jobs.id, attempts.jobId))
        .where(and(eq(jobs.id, taken.id), isNotNull(attempts.startedAt)))
        .orderBy(desc(attempts.number))
        .limit(1),
      findSides(tx, [taken.id]),
    ])
    const [assignment] = given ? await assign(tx, [given], sides) : []
    return assignment ? { assignment, until: taken.until } : null
  })
}

/** Holds it for longer. Null: it is to be left alone, because the job goes on or another one writes there. */
export async function holdTidying({
  ctx,
  tidying,
}: {
  ctx: Context
  tidying: Tidying
}): Promise<Tidying | null> {
  requireAgent(ctx.actor)
  const [still] = await ctx.db
    .update(jobs)
    .set({ tidyAt: held })
    .where(and(isHeld(tidying), mayBeTidied))
    .returning({ until })
  return still ? { ...tidying, ...still } : null
}

/** Says in the job's log what came of it. What could not be done is tried again after waits that double, for a day. */
export async function endTidying({
  ctx,
  tidying,
  tidied: { removed, later },
}: {
  ctx: Context
  tidying: Tidying
  tidied: Tidied
}): Promise<void> {
  requireAgent(ctx.actor)
  const { jobId, number } = tidying.assignment
  const age = sql`now() - coalesce(${jobs.finishedAt}, ${jobs.updatedAt})`
  const next = sql`case when ${age} < ${GIVEN_UP_AFTER}::interval then now() + greatest(${age}, interval '30 s') end`
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(jobs)
      .set({ tidyAt: later === null ? null : next })
      .where(isHeld(tidying))
      .returning({ tidyAt: jobs.tidyAt })
    if (!row) return
    const log: AttemptReport['log'] = []
    const say = (level: 'info' | 'warning', message: string) =>
      log.push({ at: new Date().toISOString(), level, message })
    if (removed > 0) say('info', `Removed ${removed} partial files that a lost attempt left.`)
    const again = row.tidyAt ? 'They are looked for again.' : 'They are not looked for any more.'
    if (later !== null) say('warning', `A lost attempt may have left partial files. ${later} ${again}`)
    await writeLog(tx, { jobId, number, log })
    if (log.length > 0) await notify(tx, 'live', `job ${jobId}`)
  })
}
