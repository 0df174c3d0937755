import { v7 } from 'uuid'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { refuseTaken } from '#lib/db/taken.ts'
import { parseInput } from '#lib/parse.ts'
import { saveTriggers } from '#lib/triggers/save-triggers.ts'
import { checkTemplate } from './check-template.ts'
import { toTemplate, triggersOf } from './queries.ts'
import { type Template, templateInputSchema } from './schema.ts'

/** Makes a template with its triggers; from then on they count. */
export async function createTemplate({ ctx, input }: { ctx: Context; input: unknown }): Promise<Template> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(templateInputSchema, input)
  const { source, destinations, triggers, ...rest } = values
  const [destination] = destinations
  const known = { ...values, triggers: triggers.map(withoutSecrets) }
  return createOnce(ctx, 'createTemplate', known, async (tx) => {
    await checkTemplate(tx, { ...rest, source, destination: destination!, triggers })
    const id = v7()
    const [row] = await refuseTaken(
      'A template of this name exists already. Choose another name.',
      tx
        .insert(templates)
        .values({
          ...rest,
          id,
          sourceEndpointId: source.endpointId,
          sourcePath: source.path,
          destinationEndpointId: destination!.endpointId,
          destinationPath: destination!.path,
          createdBy: ctx.actor.label,
        })
        .returning(),
    )
    await saveTriggers(tx, ctx, id, triggers)
    await recordAudit(tx, ctx.actor, {
      action: 'template.create',
      subjectId: id,
      detail: { name: rest.name, operation: rest.operation, triggers: triggers.map(({ type }) => type) },
    })
    return toTemplate(row!, await triggersOf(tx, [id]))
  })
}

/** What is kept for repetitions must not help anybody to guess a secret. */
function withoutSecrets<T extends { type: string }>(trigger: T): T {
  return trigger.type === 's3' ? { ...trigger, settings: {} } : trigger
}
