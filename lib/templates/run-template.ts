import { v7 } from 'uuid'
import type { Context } from '#lib/context.ts'
import { requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { InvalidError } from '#lib/errors.ts'
import { insertJob, type NewJob } from '#lib/jobs/insert-job.ts'
import type { Job, JobPlan, JobTrigger } from '#lib/jobs/schema.ts'
import { toJob } from '#lib/jobs/to-job.ts'
import { parseInput } from '#lib/parse.ts'
import { matchesAll } from './pattern.ts'
import { findTemplateRow, type TemplateRow } from './queries.ts'
import { runTemplateSchema } from './schema.ts'
import { eventVariable, fillIn, isPerFile, VariableError } from './variables.ts'

/** Runs a template now, whether it is on or off; with `at` dates in its paths are of that time. */
export async function runTemplate({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  const { at } = parseInput(runTemplateSchema, input)
  return createOnce(ctx, 'runTemplate', { id, at }, async (tx) => {
    const template = await findTemplateRow(tx, id)
    const run = planRun(template, { trigger: 'manual', at: at ? new Date(at) : new Date() })
    const row = await insertJob(tx, ctx, run)
    return toJob(row, { id, name: template.name })
  })
}

type RunTemplate = Omit<
  TemplateRow,
  'description' | 'gather' | 'createdBy' | 'createdAt' | 'updatedAt' | 'sourceSince' | 'enabled' | 'deletedAt'
>

/** What a run over the whole source is to be. Throws InvalidError where the paths cannot be filled in. */
export function planRun(
  template: RunTemplate,
  { id = v7(), trigger, at }: { id?: string; trigger: JobTrigger; at: Date },
): NewJob & { id: string } {
  const told = eventVariable(template.destinationPath)
  if (told) {
    throw new InvalidError(
      `{${told}} in the destination is told by an event, and a run over the whole source has none.`,
    )
  }
  const perFile = isPerFile(template.destinationPath)
  // What a move takes from another day's folder may not come over a file of the one before: each has its place asked for.
  const movesOn = template.operation === 'move' && /[{}]/.test(template.sourcePath)
  const mapped = perFile || movesOn || !matchesAll(template.pattern)
  const facts = { runAt: at, timeZone: template.timeZone, template: template.name, job: id, file: null }
  try {
    const plan: JobPlan | null = mapped
      ? {
          kind: 'mapped',
          pattern: template.pattern,
          destination: template.destinationPath,
          runAt: at.toISOString(),
          timeZone: template.timeZone,
          template: template.name,
        }
      : null
    return {
      id,
      operation: template.operation,
      source: { endpointId: template.sourceEndpointId, path: fillIn(template.sourcePath, facts) },
      destination: {
        endpointId: template.destinationEndpointId,
        // Where each file has a place of its own, they are relative to the root.
        path: mapped ? '' : fillIn(template.destinationPath, facts).replace(/\/$/, ''),
      },
      options: template.options,
      run: { templateId: template.id, trigger, plan },
      detail: { template: template.name, trigger },
    }
  } catch (error) {
    if (error instanceof VariableError) throw new InvalidError(error.message)
    throw error
  }
}
