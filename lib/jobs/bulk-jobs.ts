import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { DomainError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { resumeJob, retryJob } from './retry-job.ts'
import { cancelJob, pauseJob } from './stop-job.ts'

const verbs = { cancel: cancelJob, retry: retryJob, pause: pauseJob, resume: resumeJob } as const
export type BulkAction = keyof typeof verbs

const bulkSchema = z.strictObject({
  action: z.enum(Object.keys(verbs) as [BulkAction, ...BulkAction[]]),
  ids: z
    .array(z.uuid())
    .min(1)
    .max(200, { error: 'At most 200 jobs at a time.' })
    .transform((ids) => [...new Set(ids)]),
})

export type BulkAnswer = {
  done: number
  /** Jobs that would not, each with the sentence that the verb refused with. */
  refused: { id: string; message: string }[]
}

/** The rest of the web's connections stay for others. */
const AT_A_TIME = 4

/** One verb on many jobs, each in a transaction of its own: those that refuse do not undo the others. */
export async function bulkJobs({ ctx, input }: { ctx: Context; input: unknown }): Promise<BulkAnswer> {
  requireRole(ctx.actor, 'operator')
  const { action, ids } = parseInput(bulkSchema, input)
  const answer: BulkAnswer = { done: 0, refused: [] }
  for (let at = 0; at < ids.length; at += AT_A_TIME) {
    await Promise.all(
      ids.slice(at, at + AT_A_TIME).map(async (id) => {
        try {
          await verbs[action]({ ctx, id })
          answer.done += 1
        } catch (error) {
          if (!(error instanceof DomainError)) throw error
          answer.refused.push({ id, message: error.message })
        }
      }),
    )
  }
  return answer
}
