import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { refuseTaken } from '#lib/db/taken.ts'
import { notify } from '#lib/live/channel.ts'
import { parseInput } from '#lib/parse.ts'
import { planFiring } from '#lib/schedules/plan-firing.ts'
import { countFromNow } from '#lib/triggers/count-from-now.ts'
import { saveTriggers } from '#lib/triggers/save-triggers.ts'
import { checkTemplate } from './check-template.ts'
import { lockTemplateRow } from './lock-template.ts'
import { type TemplateRow, toTemplate, triggersOf } from './queries.ts'
import { patchTemplateSchema, type Template } from './schema.ts'
import { stopWaiting } from './stop-waiting.ts'

/** Changes what is given; jobs that were made keep what they were made with. */
export async function updateTemplate({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Template> {
  requireRole(ctx.actor, 'operator')
  const { source, destinations, triggers, ...rest } = parseInput(patchTemplateSchema, input)
  return ctx.db.transaction(async (tx) => {
    const before = await lockTemplateRow(tx, id)
    const own = await triggersOf(tx, [id])
    const sides = {
      source: source ?? { endpointId: before.sourceEndpointId, path: before.sourcePath },
      destination: destinations?.[0] ?? {
        endpointId: before.destinationEndpointId,
        path: before.destinationPath,
      },
    }
    const isElsewhere = source !== undefined && !isSameSide(source, before)
    const isOther = [source, destinations, triggers, rest.operation, rest.pattern, rest.timeZone].some(
      (one) => one !== undefined,
    )
    // What is switched off or renamed need not work: its endpoint may have gone.
    if (isOther || rest.enabled) {
      await checkTemplate(tx, {
        operation: rest.operation ?? before.operation,
        pattern: rest.pattern ?? before.pattern,
        timeZone: rest.timeZone ?? before.timeZone,
        triggers: triggers ?? own.map(({ settings }) => settings),
        ...sides,
      })
    }
    const [row] = await refuseTaken(
      'A template of this name exists already. Choose another name.',
      tx
        .update(templates)
        .set({
          ...rest,
          sourceEndpointId: sides.source.endpointId,
          sourcePath: sides.source.path,
          destinationEndpointId: sides.destination.endpointId,
          destinationPath: sides.destination.path,
          updatedAt: sql`now()`,
          // Not when the transaction began: an event of the old source may have been written since.
          ...(isElsewhere && { sourceSince: sql`clock_timestamp()` }),
        })
        .where(eq(templates.id, id))
        .returning(),
    )
    if (triggers) await saveTriggers(tx, ctx, id, triggers)
    // Switched on or off: what was due meanwhile was not asked for.
    else if (rest.enabled !== undefined)
      for (const trigger of own) await planFiring(tx, ctx, trigger.id, { keep: true })
    if (before.enabled && rest.enabled === false) {
      await stopWaiting(tx, ctx, id, {
        events: 'The template was switched off before a job took it.',
        runs: 'Its template was switched off before its turn came.',
      })
    }
    if (isElsewhere || (rest.enabled && !before.enabled)) await countFromNow(tx, id)
    else if (rest.enabled !== undefined) await notify(tx, 'work', 'triggers')
    await recordAudit(tx, ctx.actor, {
      action: 'template.update',
      subjectId: id,
      detail: { ...rest, ...(triggers && { triggers: triggers.map(({ type }) => type) }) },
    })
    return toTemplate(row!, await triggersOf(tx, [id]))
  })
}

function isSameSide(source: { endpointId: string; path: string }, before: TemplateRow): boolean {
  return source.endpointId === before.sourceEndpointId && source.path === before.sourcePath
}
