import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { eventKeys, events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { notifyPending } from '#lib/live/channel.ts'
import { windowOf } from '#lib/templates/gather.ts'
import { followJob } from './follow-job.ts'
import type { EventState } from './states.ts'
import { findUnaccounted, type Mistake, type Unaccounted } from './unaccounted.ts'

/** What the chore looks at; a page looks at the newest. */
const ALL = 1_000_000

/**
 * Proves that every event has a fate that follows, and gives one to those that have none: what was forgotten is
 * gathered, what waits for a job that has ended is settled by the rule that should have done it. Returns what it
 * found; what is left of it the next time could not be mended.
 */
export async function mendEvents({ ctx }: { ctx: Context }): Promise<Unaccounted[]> {
  requireAgent(ctx.actor)
  const found = await findUnaccounted({ ctx, newest: ALL })
  const of = (mistake: Mistake) => found.filter((one) => one.mistake === mistake)

  for (const jobId of new Set(of('ended').flatMap(({ jobId: id }) => id ?? []))) {
    await ctx.db.transaction(async (tx) => {
      const [job] = await tx
        .select()
        .from(jobs)
        .where(and(eq(jobs.id, jobId), isNotNull(jobs.finishedAt)))
        .for('update')
      if (job) await followJob(tx, job)
    })
  }
  await settle(ctx, of('jobless'), 'pending', 'Its job is no longer known. Replay starts another.')
  await settle(ctx, of('unfounded'), 'transferred', 'Its job has no account of it. Replay starts another.')
  await settle(ctx, of('untold'), 'failed', null)
  for (const { eventId } of of('unwritten')) await writeDead(ctx, eventId)
  await mendForgotten(ctx, of('forgotten'))
  return found
}

/** Gives those that still are what they were found to be the fate that follows: `failed` with a reason, or arrived. */
async function settle(
  ctx: Context,
  found: Unaccounted[],
  from: EventState,
  reason: string | null,
): Promise<void> {
  if (found.length === 0) return
  await ctx.db
    .update(events)
    .set({ state: reason === null ? 'transferred' : 'failed', reason, settledAt: sql`now()` })
    .where(are(found, from))
}

/** No job has taken them: they are gathered now, or have nobody who would. */
async function mendForgotten(ctx: Context, forgotten: Unaccounted[]): Promise<void> {
  if (forgotten.length === 0) return
  const wanted = await ctx.db
    .select({ id: templates.id, gather: templates.gather })
    .from(templates)
    .where(
      and(
        inArray(templates.id, [...new Set(forgotten.flatMap(({ templateId }) => templateId ?? []))]),
        isNull(templates.deletedAt),
      ),
    )
  const isGathered = ({ templateId }: Unaccounted) => wanted.some(({ id }) => id === templateId)
  for (const { id, gather } of wanted) {
    await notifyPending(ctx.db, id, windowOf(gather))
  }
  const orphans = forgotten.filter((one) => !isGathered(one))
  if (orphans.length > 0) {
    await ctx.db
      .update(events)
      .set({ state: 'ignored', reason: 'The template was deleted.', settledAt: sql`now()` })
      .where(are(orphans, 'pending'))
  }
}

/** An event of which only the key is left: a person finds at least that there was one, and of which template. */
async function writeDead(ctx: Context, eventId: string): Promise<void> {
  await ctx.db.execute(sql`
    insert into ${events} (id, template_id, trigger_id, source, kind, path, state, reason, occurred_at, settled_at)
    select ${eventId}::uuid, t.template_id, t.id, case t.type when 's3' then 's3' else 'watch' end, 'created', '?', 'dead',
      'Only the key of this event was found; what it was about is lost.', k.at, now()
    from ${eventKeys} k join ${triggers} t on t.id = k.trigger_id where k.event_id = ${eventId}::uuid
    on conflict do nothing`)
}

function are(some: Unaccounted[], state: EventState) {
  const ids = some.map(({ eventId }) => eventId)
  return and(inArray(events.id, ids), eq(events.state, state))
}
