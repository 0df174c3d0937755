import { and, asc, eq, inArray, isNull, lt, not, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { InvalidError } from '#lib/errors.ts'
import { insertJob } from '#lib/jobs/insert-job.ts'
import { notify } from '#lib/live/channel.ts'
import { fillIn, placeOf, VariableError } from '#lib/templates/variables.ts'

/** Milliseconds in which events gather, unless the template says otherwise: a drop of many files is one job. */
export const WINDOW_MS = 100
/** Files of one job; more would make its row, its claim and its retry slow. */
export const MOST = 1000

/** Events that one sync answers. */
const MOST_OF_A_SYNC = 50_000
/** Why nothing is made of events that happened where the template took from before. */
export const OTHER_SOURCE = 'Its template takes from another place since then.'

type EventRow = typeof events.$inferSelect

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
  return rows.map(({ templateId, gather }) => ({ templateId, windowMs: gather.windowMs ?? WINDOW_MS }))
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
    const [template] = await tx.select().from(templates).where(eq(templates.id, templateId)).for('update')
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
      .limit(isSync ? MOST_OF_A_SYNC : (template.gather.most ?? MOST))
      .for('update', { skipLocked: true })
    if (waiting.length === 0) return 0
    const jobId = v7()
    const { placed, dead } = placeAll(template, waiting, jobId)
    for (const [reason, ids] of dead) await settle(tx, ids, reason)
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
        await tx.execute(sql`
          update ${events} set job_id = ${jobId}, destination_path = placed.path
          from jsonb_to_recordset(${JSON.stringify([...placed].map(([id, path]) => ({ id, path })))}::jsonb)
            as placed(id uuid, path text)
          where ${events.id} = placed.id`)
      } catch (error) {
        if (!(error instanceof InvalidError)) throw error
        // An endpoint is gone, or the sides overlap since: nothing was written, and a person has to look.
        await settle(tx, ids, error.message)
      }
    }
    await notify(tx, 'live', 'events')
    return waiting.length
  })
}

async function settle(
  tx: Parameters<Parameters<Db['transaction']>[0]>[0],
  ids: string[],
  reason: string,
): Promise<void> {
  await tx.update(events).set({ state: 'dead', reason, settledAt: sql`now()` }).where(inArray(events.id, ids))
}

/** Where each goes; those for which there is no place, by the reason. Two files never share a place in silence. */
function placeAll(template: typeof templates.$inferSelect, waiting: EventRow[], jobId: string) {
  const placed = new Map<string, string>()
  const dead = new Map<string, string[]>()
  const taken = new Map<string, string>()
  const runAt = new Date()
  for (const event of waiting) {
    try {
      const file = { path: event.path, size: event.size, at: event.occurredAt, detail: event.detail }
      const facts = { runAt, timeZone: template.timeZone, template: template.name, job: jobId, file }
      const path =
        template.operation === 'sync'
          ? fillIn(template.destinationPath, { ...facts, file: null })
          : placeOf(template.destinationPath, facts)
      const other = taken.get(path)
      if (template.operation !== 'sync' && other !== undefined && other !== event.path) {
        throw new VariableError(`${other} goes to the same place, ${path}.`)
      }
      taken.set(path, event.path)
      placed.set(event.id, path)
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      dead.set(error.message, [...(dead.get(error.message) ?? []), event.id])
    }
  }
  return { placed, dead }
}
