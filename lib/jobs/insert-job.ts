import { and, inArray, isNull } from 'drizzle-orm'
import { v7 } from 'uuid'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { sidesOverlap } from '#lib/endpoints/overlap.ts'
import { readWrapped, type Stored, storedPlace } from '#lib/endpoints/sides.ts'
import { InvalidError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import { queueAttempt } from './queue-attempt.ts'
import type { JobOptions, JobPlan, JobTrigger } from './schema.ts'
import type { Operation } from './states.ts'
import type { JobRow } from './transition.ts'

export type NewJob = {
  /** Where somebody had to know it before. */
  id?: string
  operation: Operation
  source: { endpointId: string; path: string }
  destination: { endpointId: string; path: string }
  options: JobOptions
  /** Where it is a run of a template. */
  run?: { templateId: string; trigger: JobTrigger; plan: JobPlan | null }
  /** What the audit tells beside the sides. */
  detail?: Record<string, unknown>
}

/**
 * Writes a job with its first attempt, its message and its audit row, in the caller's transaction. Throws InvalidError
 * for an endpoint that is gone and for sides that overlap.
 */
export async function insertJob(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'queue'>,
  { id = v7(), operation, source, destination, options, run, detail }: NewJob,
): Promise<JobRow> {
  const rows = await findPlaces(tx, [source.endpointId, destination.endpointId])
  const sides = checkSides({ operation, source, destination }, rows)
  const [job] = await tx
    .insert(jobs)
    .values({
      id,
      state: 'queued',
      operation,
      sourceEndpointId: source.endpointId,
      sourcePath: source.path,
      destinationEndpointId: destination.endpointId,
      destinationPath: destination.path,
      options,
      createdBy: ctx.actor.label,
      ...run,
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
        ...detail,
      },
    }),
    notify(tx, 'live', `job ${job!.id}`),
  ])
  return job!
}

export type Place = { id: string; name: string; agentId: string; stored: Stored }

/** Endpoints that are not deleted, among these, with what they lie over; none is deleted before the transaction ends. */
export async function findPlaces(tx: Tx, ids: string[]): Promise<Place[]> {
  const rows = await tx
    .select()
    .from(endpoints)
    .where(and(inArray(endpoints.id, ids), isNull(endpoints.deletedAt)))
    .for('key share')
  return Promise.all(
    rows.map(async (row) => {
      const wrapped = (await readWrapped(tx, row.settings)) ?? []
      return { id: row.id, name: row.name, agentId: row.agentId, stored: { ...storedPlace(row), wrapped } }
    }),
  )
}

/** The endpoints of a job among those found. Throws InvalidError where one is gone, and for sides that overlap. */
export function checkSides(
  { operation, source, destination }: Pick<NewJob, 'operation' | 'source' | 'destination'>,
  rows: Place[],
): { source: Place; destination: Place } {
  const from = rows.find((row) => row.id === source.endpointId)
  const to = rows.find((row) => row.id === destination.endpointId)
  const gone = 'There is no such endpoint; it may have been deleted.'
  if (!from) throw InvalidError.at('source.endpointId', gone)
  if (!to) throw InvalidError.at('destination.endpointId', gone)
  // What rclone or the agent would find out is said before anything is queued. A copy into a folder below its own
  // source would copy its own copies on the next run.
  const one = { stored: from.stored, below: source.path, agent: from.agentId }
  const other = { stored: to.stored, below: destination.path, agent: to.agentId }
  if (sidesOverlap(one, other, operation)) {
    throw InvalidError.at('destination.path', overlapping(from.id === to.id))
  }
  return { source: from, destination: to }
}

function overlapping(oneEndpoint: boolean): string {
  const sides = oneEndpoint
    ? 'Source and destination overlap.'
    : 'Source and destination overlap: both endpoints lead to the same storage.'
  return `${sides} Choose a destination outside the source.`
}
