import { inArray, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { events } from '#lib/db/schema/events.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { ConflictError } from '#lib/errors.ts'
import { notify, notifyPending } from '#lib/live/channel.ts'
import { parseInput } from '#lib/parse.ts'
import { OTHER_SOURCE, WINDOW_MS } from './gather-events.ts'
import { getEvent } from './queries.ts'
import { type ReplayAnswer, replaySchema } from './schema.ts'

/**
 * Has events wait for a job again, one or many. With `dryRun` it says what would run. What cannot be replayed is told
 * with its reason and keeps the others from nothing.
 */
export async function replayEvents({ ctx, input }: { ctx: Context; input: unknown }): Promise<ReplayAnswer> {
  requireRole(ctx.actor, 'operator')
  const { ids, dryRun } = parseInput(replaySchema, input)
  return ctx.db.transaction(async (tx) => {
    const rows = await tx.select().from(events).where(inArray(events.id, ids)).for('update')
    const known = await tx
      .select()
      .from(templates)
      .where(inArray(templates.id, [...new Set(rows.map(({ templateId }) => templateId))]))
    const refused: ReplayAnswer['refused'] = []
    const chosen = ids.flatMap((id) => {
      const row = rows.find((one) => one.id === id)
      const template = known.find((one) => one.id === row?.templateId)
      const reason = !row
        ? 'There is no such event.'
        : !template || template.deletedAt
          ? 'Its template was deleted.'
          : row.state === 'pending'
            ? 'It waits already.'
            : row.receivedAt < template.sourceSince
              ? OTHER_SOURCE
              : row.kind === 'removed' && template.operation !== 'sync'
                ? 'Its file is gone.'
                : (row.detail.noFile ?? null)
      if (reason) refused.push({ id, reason })
      return reason || !row || !template ? [] : [{ row, template }]
    })
    const groups = new Map(chosen.map(({ template }) => [template.id, template]))
    const jobs = [...groups.values()].reduce((sum, template) => {
      const count = chosen.filter((one) => one.template.id === template.id).length
      return sum + Math.ceil(count / (template.gather.most ?? 1000))
    }, 0)
    const replayed = chosen.map(({ row }) => row.id)
    if (dryRun || replayed.length === 0) return { replayed, refused, jobs }
    await tx
      .update(events)
      .set({
        ...{ state: 'pending', reason: null, jobId: null, destinationPath: null, settledAt: null },
        waitingSince: sql`now()`,
      })
      .where(inArray(events.id, replayed))
    for (const template of groups.values()) {
      await notifyPending(tx, template.id, template.gather.windowMs ?? WINDOW_MS)
    }
    await recordAudit(tx, ctx.actor, {
      action: 'event.replay',
      ...(replayed.length === 1 && { subjectId: replayed[0]! }),
      detail: { events: replayed.length, templates: [...groups.values()].map(({ name }) => name) },
    })
    await notify(tx, 'live', 'events')
    return { replayed, refused, jobs }
  })
}

/** One event; refused with its reason when it cannot be. */
export async function replayEvent({ ctx, id }: { ctx: Context; id: string }): Promise<ReplayAnswer> {
  await getEvent({ ctx, id })
  const answer = await replayEvents({ ctx, input: { ids: [id] } })
  const [refusal] = answer.refused
  if (refusal) throw new ConflictError(refusal.reason)
  return answer
}
