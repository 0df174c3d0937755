import { asc, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { ConflictError } from '#lib/errors.ts'
import { notify, notifyPending } from '#lib/live/channel.ts'
import { parseInput } from '#lib/parse.ts'
import { windowOf } from '#lib/templates/gather.ts'
import { countJobs } from './count-jobs.ts'
import { OTHER_SOURCE } from './gather-events.ts'
import { placeEvents } from './place-events.ts'
import { getEvent } from './queries.ts'
import { type ReplayAnswer, replaySchema } from './schema.ts'

type EventRow = typeof events.$inferSelect
type TemplateRow = typeof templates.$inferSelect

/** Fates before that an event keeps. */
const MOST_EARLIER = 50

/**
 * Has events wait for a job again, one or many; each keeps the fates that it had. With `dryRun` it says what would run.
 * What cannot be replayed is told with its reason and keeps the others from nothing.
 */
export async function replayEvents({ ctx, input }: { ctx: Context; input: unknown }): Promise<ReplayAnswer> {
  requireRole(ctx.actor, 'operator')
  const { ids, dryRun } = parseInput(replaySchema, input)
  return ctx.db.transaction(async (tx) => {
    const rows = await tx
      .select()
      .from(events)
      .where(inArray(events.id, ids))
      .orderBy(asc(events.id))
      .for('update')
    const byId = new Map(rows.map((row) => [row.id, row]))
    const known = await templatesOf(tx, rows)
    const moved = await movedAmong(tx, rows, known)
    const reasons = new Map<string, string>()
    for (const id of ids) {
      const row = byId.get(id)
      const reason = row ? whyNotReplayed(row, known.get(row.templateId), moved) : 'There is no such event.'
      if (reason) reasons.set(id, reason)
    }
    const chosen: EventRow[] = []
    let count = 0
    for (const template of known.values()) {
      const own = rows.filter(({ id, templateId }) => templateId === template.id && !reasons.has(id))
      const { refused } = await placeEvents(tx, template, own, v7())
      for (const [id, reason] of refused) reasons.set(id, reason)
      const placed = own.filter(({ id }) => !refused.has(id))
      chosen.push(...placed)
      count += await countJobs(tx, template, placed)
    }
    const refused = [...reasons].map(([id, reason]) => ({ id, reason }))
    const isChosen = new Set(chosen.map(({ id }) => id))
    const replayed = [...new Set(ids)].filter((id) => isChosen.has(id))
    const answer = { replayed, refused, jobs: count }
    if (dryRun || replayed.length === 0) return answer
    await wake(tx, ctx, replayed)
    const used = [...known.values()].filter(({ id }) => chosen.some(({ templateId }) => templateId === id))
    for (const { id, gather } of used) {
      await notifyPending(tx, id, windowOf(gather))
    }
    await recordAudit(tx, ctx.actor, {
      action: 'event.replay',
      ...(replayed.length === 1 && { subjectId: replayed[0]! }),
      detail: { events: replayed.length, templates: used.map(({ name }) => name) },
    })
    await notify(tx, 'live', 'events')
    return answer
  })
}

async function templatesOf(tx: Tx, rows: EventRow[]): Promise<Map<string, TemplateRow>> {
  const ids = [...new Set(rows.map(({ templateId }) => templateId))]
  const found = await tx.select().from(templates).where(inArray(templates.id, ids))
  return new Map(found.map((row) => [row.id, row]))
}

/** Those that arrived by a move: by the operation of their job, or that of their template where the job is gone. */
async function movedAmong(
  tx: Tx,
  rows: EventRow[],
  known: ReadonlyMap<string, TemplateRow>,
): Promise<ReadonlySet<string>> {
  const arrived = rows.filter(({ state }) => state === 'transferred')
  const jobIds = [...new Set(arrived.flatMap(({ jobId }) => jobId ?? []))]
  const found = await tx
    .select({ id: jobs.id, operation: jobs.operation })
    .from(jobs)
    .where(inArray(jobs.id, jobIds))
  const operations = new Map(found.map(({ id, operation }) => [id, operation]))
  const moved = arrived.filter(({ jobId, templateId }) => {
    return (operations.get(jobId ?? '') ?? known.get(templateId)?.operation) === 'move'
  })
  return new Set(moved.map(({ id }) => id))
}

function whyNotReplayed(
  row: EventRow,
  template: TemplateRow | undefined,
  moved: ReadonlySet<string>,
): string | null {
  if (!template || template.deletedAt) return 'Its template was deleted.'
  if (row.state === 'pending') return 'It waits already.'
  if (row.receivedAt < template.sourceSince) return OTHER_SOURCE
  if (row.kind === 'removed' && template.operation !== 'sync') return 'Its file is gone.'
  if (moved.has(row.id)) {
    return 'Its file arrived by a move, so it is no longer at the source. Put there again it is a new event.'
  }
  return row.detail.noFile ?? null
}

/** Has them wait, each with the fate that it had kept among the earlier ones. */
async function wake(tx: Tx, ctx: Context, ids: string[]): Promise<void> {
  const fate = sql`jsonb_build_object('state', ${events.state}, 'reason', ${events.reason},
    'destinationPath', ${events.destinationPath}, 'jobId', ${events.jobId},
    'settledAt', to_char(${events.settledAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'replayedAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'replayedBy', ${ctx.actor.label}::text)`
  await tx
    .update(events)
    .set({
      ...{ state: 'pending', reason: null, jobId: null, settledAt: null, waitingSince: sql`now()` },
      earlier: sql`(case when jsonb_array_length(${events.earlier}) < ${MOST_EARLIER} then ${events.earlier}
        else ${events.earlier} - 0 end) || ${fate}`,
    })
    .where(inArray(events.id, ids))
}

/** One event; refused with its reason when it cannot be. */
export async function replayEvent({ ctx, id }: { ctx: Context; id: string }): Promise<ReplayAnswer> {
  await getEvent({ ctx, id })
  const answer = await replayEvents({ ctx, input: { ids: [id] } })
  const [refusal] = answer.refused
  if (refusal) throw new ConflictError(refusal.reason)
  return answer
}
