import { and, desc, eq, inArray, not, or, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { events } from '#lib/db/schema/events.ts'
import { type attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { referencesOf } from '#lib/endpoints/references.ts'
import { readWrapped, type Stored, type StoredPlace, storedPlace } from '#lib/endpoints/sides.ts'
import type { AttemptRef, FilePair, JobOptions, JobPlan } from './schema.ts'
import { isAtRest, isTerminal, type Operation } from './states.ts'
import type { JobRow } from './transition.ts'

export type AssignedSide = Stored & {
  path: string
  /** The folders its agent may use; null when nobody has said. */
  roots: string[] | null
}

/** All that a worker needs to run one attempt. */
export type Assignment = AttemptRef & {
  jobId: string
  number: number
  operation: Operation
  /** When the first attempt of the job began. */
  jobBegan: Date
  source: AssignedSide
  destination: AssignedSide
  options: JobOptions
  limits: { bandwidth?: string; transfers?: number }[]
  /** A move whose one file an earlier attempt has moved: its source is no longer there, and should not be. */
  alreadyMoved: boolean
  plan: JobPlan | null
  /** The files of a listed job. */
  pairs: FilePair[] | null
}

export type AttemptRow = typeof attempts.$inferSelect
type SideRow = { endpoint: typeof endpoints.$inferSelect; roots: string[] | null }

/** The endpoints of these jobs. */
export function findSides(tx: Tx, jobIds: string[]): Promise<SideRow[]> {
  return tx
    .selectDistinctOn([endpoints.id], { endpoint: endpoints, roots: agents.roots })
    .from(jobs)
    .innerJoin(
      endpoints,
      or(eq(endpoints.id, jobs.sourceEndpointId), eq(endpoints.id, jobs.destinationEndpointId)),
    )
    .innerJoin(agents, eq(agents.id, endpoints.agentId))
    .where(inArray(jobs.id, jobIds))
}

/** What the sides lie over, by endpoint; most lie over nothing, and cost nothing. */
async function wrappedOf(tx: Tx, sides: SideRow[]): Promise<Map<string, StoredPlace[]>> {
  const over = sides.filter(({ endpoint }) => referencesOf(endpoint.settings).length > 0)
  const found = await Promise.all(over.map(({ endpoint }) => readWrapped(tx, endpoint.settings)))
  return new Map(over.map(({ endpoint }, at) => [endpoint.id, found[at] ?? []]))
}

/** What a worker is given of attempts; `sides` hold their endpoints. */
export async function assign(
  tx: Tx,
  given: { attempt: AttemptRow; job: JobRow }[],
  sides: SideRow[],
): Promise<Assignment[]> {
  const wrapped = await wrappedOf(tx, sides)
  const find = (id: string) => sides.find(({ endpoint }) => endpoint.id === id)!
  const side = (id: string, path: string): AssignedSide => {
    const { endpoint, roots } = find(id)
    return { ...storedPlace(endpoint), path, roots, wrapped: wrapped.get(endpoint.id) ?? [] }
  }
  const assigned = given.map(async ({ attempt, job }): Promise<Assignment> => {
    const mayBeMoved = job.operation === 'move' && (attempt.number > 1 || isAtRest(job.state))
    return {
      attemptId: attempt.id,
      epoch: attempt.epoch,
      jobId: job.id,
      number: attempt.number,
      operation: job.operation,
      jobBegan: job.startedAt ?? new Date(),
      source: side(job.sourceEndpointId, job.sourcePath),
      destination: side(job.destinationEndpointId, job.destinationPath),
      options: job.options,
      limits: [job.sourceEndpointId, job.destinationEndpointId].map((id) => find(id).endpoint.limits),
      alreadyMoved: mayBeMoved && (await isMoved(tx, job)),
      plan: job.plan,
      pairs: job.plan?.kind === 'listed' ? await pairsOf(tx, job) : null,
    }
  })
  return Promise.all(assigned)
}

/**
 * A file that changed while its first event waited is there twice, and travels once. What an earlier attempt has moved
 * is no longer at the source, and should not be. Of a job that has ended no event waits any more; what it was to move
 * stands.
 */
async function pairsOf(tx: Tx, { id: jobId, operation, state }: JobRow): Promise<FilePair[]> {
  const isMoved = sql`exists (select 1 from ${transfers}
    where ${transfers.jobId} = ${jobId} and ${transfers.path} = ${events.path} and ${transfers.state} = 'completed')`
  const rows = await tx
    .selectDistinctOn([events.path], {
      source: events.path,
      destination: events.destinationPath,
      size: events.size,
    })
    .from(events)
    .where(
      and(
        eq(events.jobId, jobId),
        isTerminal(state) ? undefined : eq(events.state, 'pending'),
        operation === 'move' ? not(isMoved) : undefined,
      ),
    )
    .orderBy(events.path, desc(events.id))
  return rows.map((row) => ({ ...row, destination: row.destination ?? row.source }))
}

/** Whether all that the job has moved is one file, and that is the one its source names. */
async function isMoved(tx: Tx, job: JobRow): Promise<boolean> {
  const rows = await tx
    .select({ path: transfers.path, state: transfers.state })
    .from(transfers)
    .where(eq(transfers.jobId, job.id))
    .limit(2)
  const [only, another] = rows
  return !another && only?.state === 'completed' && only.path === job.sourcePath.split('/').at(-1)
}
