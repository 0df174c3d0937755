import { and, desc, eq, inArray, isNull, lte, not, or, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { events } from '#lib/db/schema/events.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { referencesOf } from '#lib/endpoints/references.ts'
import { readWrapped, type Stored, type StoredPlace, storedPlace } from '#lib/endpoints/sides.ts'
import type { AttemptRef, FilePair, JobOptions, JobPlan } from './schema.ts'
import type { Operation } from './states.ts'
import { type JobRow, transition } from './transition.ts'

/**
 * How long an attempt is its worker's without a word. Shorter: a busy machine loses work it still does;
 * longer: the work of a dead worker waits (kill -9 to running again is lease + sweep).
 */
export const LEASE_SECONDS = 10

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

/**
 * Takes up to `count` attempts that are due, with their messages, in one transaction: a worker that dies meanwhile
 * leaves both in the queue. Fewer when others were faster. Attempts on the routes `notOn` keep their places.
 */
export async function claimAttempts({
  ctx,
  workerId,
  count,
  notOn = [],
}: {
  ctx: Context
  workerId: string
  count: number
  notOn?: string[]
}): Promise<Assignment[]> {
  requireAgent(ctx.actor)
  for (;;) {
    const taken = await ctx.db.transaction(async (tx) => {
      const messages = await ctx.queue.takeAttempts(tx, count, notOn)
      if (messages.length === 0) return null
      const ids = messages.map(({ attemptId }) => attemptId)
      return takeAttempts(tx, ids, workerId)
    })
    // Messages of jobs that were cancelled meanwhile bring nothing; there may be thousands before the next that does.
    if (taken === null || taken.length > 0) return taken ?? []
  }
}

/**
 * Makes queued attempts a worker's: their epochs rise, their leases start, their jobs run. What was cancelled
 * meanwhile, is not due or was taken by another is left out.
 */
export async function takeAttempts(tx: Tx, attemptIds: string[], workerId: string): Promise<Assignment[]> {
  if (attemptIds.length === 0) return []
  // The jobs first, as a person's cancel does: in the other order the two would wait for each other.
  const ready = tx.$with('ready').as(
    tx
      .select({ id: jobs.id })
      .from(jobs)
      .innerJoin(attempts, eq(attempts.jobId, jobs.id))
      .where(and(inArray(attempts.id, attemptIds), mayRun))
      .orderBy(jobs.id)
      .for('update', { of: jobs }),
  )
  const taken = await tx
    .with(ready)
    .update(attempts)
    .set({
      state: 'running',
      epoch: sql`${attempts.epoch} + 1`,
      workerId,
      leaseUntil: sql`now() + make_interval(secs => ${LEASE_SECONDS})`,
      // Not when the transaction began: what it takes up may wait for something that has ended since.
      startedAt: sql`clock_timestamp()`,
    })
    .where(
      and(
        inArray(attempts.id, attemptIds),
        eq(attempts.state, 'queued'),
        or(isNull(attempts.startAfter), lte(attempts.startAfter, sql`now() + interval '1 second'`)),
        inArray(attempts.jobId, tx.select({ id: ready.id }).from(ready)),
      ),
    )
    .returning()
  if (taken.length === 0) return []
  const [sides, rows] = await Promise.all([
    findSides(
      tx,
      taken.map(({ jobId }) => jobId),
    ),
    Promise.all(
      taken.map(({ jobId, startedAt }) => transition(tx, jobId, 'running', { startedAt: startedAt! })),
    ),
  ])
  const moved = await Promise.all(
    taken.map((attempt, at) => attempt.number > 1 && countEarlier(tx, attempt, rows[at]!)),
  )
  const wrapped = await wrappedOf(tx, sides)
  const pairs = await Promise.all(rows.map((row) => (row.plan?.kind === 'listed' ? pairsOf(tx, row) : null)))
  return taken.map((attempt, at) => ({
    ...toAssignment(attempt, rows[at]!, sides, wrapped, moved[at]!),
    plan: rows[at]!.plan,
    pairs: pairs[at]!,
  }))
}

/** A job that waits for an endpoint keeps its attempt and its message: it runs as soon as a worker takes them. */
const mayRun = or(
  inArray(jobs.state, ['queued', 'retrying']),
  and(eq(jobs.state, 'pending'), eq(jobs.waitingFor, 'endpoint')),
)

type AttemptRow = typeof attempts.$inferSelect
type SideRow = { endpoint: typeof endpoints.$inferSelect; roots: string[] | null }

function findSides(tx: Tx, jobIds: string[]): Promise<SideRow[]> {
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

/**
 * rclone counts from nought at each attempt; what earlier ones did is added to it. Returns whether the job was to
 * move one file, and has.
 */
async function countEarlier(tx: Tx, attempt: AttemptRow, job: JobRow): Promise<boolean> {
  const base = await countDone(tx, job.id)
  await tx
    .update(attempts)
    .set({ baseBytes: base.bytes, baseFiles: base.files })
    .where(eq(attempts.id, attempt.id))
  await tx
    .update(jobs)
    .set({ bytes: base.bytes, files: base.files, failedFiles: 0 })
    .where(eq(jobs.id, job.id))
  return job.operation === 'move' && isMoved(tx, job)
}

function toAssignment(
  attempt: AttemptRow,
  job: JobRow,
  sides: SideRow[],
  wrapped: Map<string, StoredPlace[]>,
  alreadyMoved: boolean,
): Omit<Assignment, 'plan' | 'pairs'> {
  const find = (id: string) => sides.find(({ endpoint }) => endpoint.id === id)!
  const side = (id: string, path: string): AssignedSide => {
    const { endpoint, roots } = find(id)
    return { ...storedPlace(endpoint), path, roots, wrapped: wrapped.get(endpoint.id) ?? [] }
  }
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
    alreadyMoved,
  }
}

/**
 * A file that changed while its first event waited is there twice, and travels once. What an earlier attempt has moved
 * is no longer at the source, and should not be.
 */
async function pairsOf(tx: Tx, { id: jobId, operation }: JobRow): Promise<FilePair[]> {
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
        eq(events.state, 'pending'),
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

/** What the rows say has arrived so far. */
export async function countDone(tx: Tx, jobId: string): Promise<{ bytes: number; files: number }> {
  const [done] = await tx
    .select({
      // Sizes are as a storage tells them; their sum must stay a number that JSON carries.
      bytes: sql<string>`least(coalesce(sum(${transfers.size}), 0), 9007199254740991)`,
      files: sql<string>`count(*)`,
    })
    .from(transfers)
    .where(
      and(
        eq(transfers.jobId, jobId),
        eq(transfers.state, 'completed'),
        sql`${transfers.action} <> 'deleted'`,
      ),
    )
  return { bytes: Number(done!.bytes), files: Number(done!.files) }
}
