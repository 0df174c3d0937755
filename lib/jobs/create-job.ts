import { and, inArray, isNull } from 'drizzle-orm'
import { v7 } from 'uuid'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import type { Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { InvalidError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import { parseInput } from '#lib/parse.ts'
import { queueAttempt } from './queue-attempt.ts'
import { createJobSchema, type Job } from './schema.ts'
import { toJob } from './to-job.ts'

/** Queues one transfer. Whether the source is there is the worker's to find out, just before it starts. */
export async function createJob({ ctx, input }: { ctx: Context; input: unknown }): Promise<Job> {
  requireRole(ctx.actor, 'operator')
  const { operation, source, destination, options } = parseInput(createJobSchema, input)
  return createOnce(ctx, 'createJob', { operation, source, destination, options }, async (tx) => {
    const sides = await findSides(tx, source.endpointId, destination.endpointId)
    refuseOverlap(
      { ...sides.source, below: source.path },
      { ...sides.destination, below: destination.path },
      operation,
    )
    const [job] = await tx
      .insert(jobs)
      .values({
        id: v7(),
        state: 'queued',
        operation,
        sourceEndpointId: source.endpointId,
        sourcePath: source.path,
        destinationEndpointId: destination.endpointId,
        destinationPath: destination.path,
        options,
        createdBy: ctx.actor.label,
      })
      .returning()
    await Promise.all([
      queueAttempt(tx, ctx, job!),
      recordAudit(tx, ctx.actor, {
        action: 'job.create',
        subjectId: job!.id,
        detail: {
          operation,
          source: `${sides.source.name}:${source.path}`,
          destination: `${sides.destination.name}:${destination.path}`,
        },
      }),
      notify(tx, 'live', `job ${job!.id}`),
    ])
    return toJob(job!)
  })
}

type Side = { id: string; name: string; type: string; path: string; agentId: string }

async function findSides(tx: Tx, sourceId: string, destinationId: string) {
  const rows: Side[] = await tx
    .select({
      id: endpoints.id,
      name: endpoints.name,
      type: endpoints.type,
      path: endpoints.path,
      agentId: endpoints.agentId,
    })
    .from(endpoints)
    .where(and(inArray(endpoints.id, [sourceId, destinationId]), isNull(endpoints.deletedAt)))
  const source = rows.find((row) => row.id === sourceId)
  const destination = rows.find((row) => row.id === destinationId)
  const gone = 'There is no such endpoint; it may have been deleted.'
  if (!source) throw InvalidError.at('source.endpointId', gone)
  if (!destination) throw InvalidError.at('destination.endpointId', gone)
  return { source, destination }
}

/**
 * The same folder written two ways is caught again by rclone; this says it before anything is queued. A copy
 * into a folder below its own source would copy its own copies on the next run.
 */
function refuseOverlap(
  source: Side & { below: string },
  destination: Side & { below: string },
  operation: string,
) {
  const sameStorage =
    source.id === destination.id ||
    (source.type === 'local' && destination.type === 'local' && source.agentId === destination.agentId)
  if (!sameStorage) return
  const from = whole(source)
  const to = whole(destination)
  if (to === from || to.startsWith(from) || (operation === 'sync' && from.startsWith(to))) {
    throw InvalidError.at(
      'destination.path',
      'Source and destination overlap. Choose a destination outside the source.',
    )
  }
}

/** The side's folder with a "/" at its end, so that /watch2 does not lie in /watch. */
function whole(side: { path: string; below: string }): string {
  return `${[side.path.replace(/\/+$/, ''), side.below].filter(Boolean).join('/')}/`
}
