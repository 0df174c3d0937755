import { and, asc, eq, isNull, lt, not, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { InvalidError } from '#lib/errors.ts'
import { insertJob } from '#lib/jobs/insert-job.ts'
import { notify } from '#lib/live/channel.ts'
import { takePlaces } from '#lib/places/take-places.ts'
import { mostOf, windowOf } from '#lib/templates/gather.ts'
import { placeEvents, runOf } from './place-events.ts'

/** Events that one sync answers. */
const MOST_OF_A_SYNC = 50_000
/** Why nothing is made of events that happened where the template took from before. */
export const OTHER_SOURCE = 'Its template takes from another place since then.'

/**
 * An event has to wait for a job of its template: for one with the same file, lest an older copy ends after a newer one;
 * of a sync for any, since each does the whole folder.
 */
function isHeld(isSync: boolean): SQL {
  return sql`exists (select 1 from ${events} as taken where taken.template_id = ${events.templateId}
    and taken.state = 'pending' and taken.job_id is not null and (${isSync} or taken.path = ${events.path}))`
}

/** Templates with events that no job has taken yet, and how long theirs may gather. */
export async function findWaiting(db: Db): Promise<{ templateId: string; windowMs: number }[]> {
  const rows = await db
    .selectDistinct({ templateId: events.templateId, gather: templates.gather })
    .from(events)
    .innerJoin(templates, eq(templates.id, events.templateId))
    .where(and(eq(events.state, 'pending'), isNull(events.jobId)))
  return rows.map(({ templateId, gather }) => ({ templateId, windowMs: windowOf(gather) }))
}

/**
 * Makes a job of the oldest events of a template that wait: match, place, job and message in one transaction, so that
 * a worker that dies meanwhile leaves them waiting. Returns how many it took; fewer than there were means once more.
 */
export async function gatherEvents({
  ctx,
  templateId,
}: {
  ctx: Context
  templateId: string
}): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    // One at a time for each template, so that two do not make two jobs of one drop.
    const [template] = await tx
      .select()
      .from(templates)
      .where(eq(templates.id, templateId))
      .for('no key update')
    if (!template) return 0
    const isSync = template.operation === 'sync'
    const waits = and(
      ...[eq(events.templateId, templateId), eq(events.state, 'pending'), isNull(events.jobId)],
    )
    const outdated = template.deletedAt ? waits : and(waits, lt(events.receivedAt, template.sourceSince))
    const why = template.deletedAt ? 'The template was deleted.' : OTHER_SOURCE
    const ignored = { state: 'ignored', reason: why, settledAt: sql`now()` } as const
    const gone = await tx.update(events).set(ignored).where(outdated).returning({ id: events.id })
    if (gone.length > 0) await notify(tx, 'live', 'events')
    const waiting = await tx
      .select()
      .from(events)
      .where(and(waits, not(isHeld(isSync))))
      .orderBy(asc(events.id))
      // A sync does the whole folder, for however many.
      .limit(isSync ? MOST_OF_A_SYNC : mostOf(template.gather))
      .for('update', { skipLocked: true })
    if (waiting.length === 0) return 0
    const jobId = v7()
    const { placed, refused } = await placeEvents(tx, template, waiting, jobId)
    await settleDead(tx, refused)
    if (placed.size > 0) {
      const ids = [...placed.keys()]
      try {
        await insertJob(tx, ctx, {
          id: jobId,
          operation: template.operation,
          source: { endpointId: template.sourceEndpointId, path: template.sourcePath },
          destination: {
            endpointId: template.destinationEndpointId,
            path: isSync ? [...placed.values()][0]! : '',
          },
          options: template.options,
          run: {
            templateId,
            trigger: waiting[0]!.source,
            plan: isSync ? null : { kind: 'listed' },
          },
          detail: { template: template.name, events: ids.length },
        })
        const pairs = waiting.flatMap(({ id, path: source }) => {
          const destination = placed.get(id)
          return destination === undefined || isSync ? [] : [{ source, destination }]
        })
        await takePlaces(tx, runOf(template), jobId, pairs)
        await tx.execute(sql`
          update ${events} set job_id = ${jobId}, destination_path = placed.path
          from jsonb_to_recordset(${JSON.stringify([...placed].map(([id, path]) => ({ id, path })))}::jsonb)
            as placed(id uuid, path text)
          where ${events.id} = placed.id`)
      } catch (error) {
        if (!(error instanceof InvalidError)) throw error
        // An endpoint is gone, or the sides overlap since: nothing was written, and a person has to look.
        const { message } = error
        await settleDead(tx, new Map(ids.map((id) => [id, message])))
      }
    }
    await notify(tx, 'live', 'events')
    return waiting.length
  })
}

/** Nothing can be made of these: why, by their ids. */
async function settleDead(tx: Tx, reasons: ReadonlyMap<string, string>): Promise<void> {
  if (reasons.size === 0) return
  const given = JSON.stringify([...reasons].map(([id, reason]) => ({ id, reason })))
  await tx.execute(sql`
    update ${events} set state = 'dead', reason = given.reason, settled_at = now()
    from jsonb_to_recordset(${given}::jsonb) as given(id uuid, reason text) where ${events.id} = given.id`)
}
