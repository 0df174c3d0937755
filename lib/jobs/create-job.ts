import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { parseInput } from '#lib/parse.ts'
import { insertJob } from './insert-job.ts'
import { createJobSchema, type Job } from './schema.ts'
import { toJob } from './to-job.ts'

/** Queues one transfer. Whether the source is there is the worker's to find out, just before it starts. */
export async function createJob({ ctx, input }: { ctx: Context; input: unknown }): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(createJobSchema, input)
  return createOnce(ctx, 'createJob', values, async (tx) => toJob(await insertJob(tx, ctx, values), null))
}
