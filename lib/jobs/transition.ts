import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { ConflictError, NotFoundError } from '#lib/errors.ts'
import { followJob } from '#lib/events/follow-job.ts'
import { notify } from '#lib/live/channel.ts'
import type { Cause } from './causes.ts'
import { isAtRest, isTerminal, type JobState, statesBefore, type Wait } from './states.ts'

export type JobRow = typeof jobs.$inferSelect

type Change = {
  waitingFor?: Wait
  error?: { cause: Cause; message: string } | null
  attempt?: number
  tries?: number
  /** Of the attempt that runs. */
  startedAt?: Date
}

/**
 * Moves a job to `to`: the only writer of a job's state. It is a compare-and-set on the from-states of the
 * edge (`from` narrows them), so of two that race one gets a ConflictError and changes nothing.
 */
export async function transition(
  tx: Tx,
  jobId: string,
  to: JobState,
  change: Change & { from?: JobState[] } = {},
): Promise<JobRow> {
  const allowed = statesBefore(to).filter((state) => change.from?.includes(state) ?? true)
  const update = tx
    .update(jobs)
    .set({
      state: to,
      waitingFor: to === 'pending' ? (change.waitingFor ?? 'approval') : null,
      stopRequested: null,
      updatedAt: sql`now()`,
      finishedAt: isTerminal(to) ? sql`now()` : null,
      ...(to !== 'running' && { speed: 0, etaSeconds: null, inFlight: [] }),
      ...(to === 'running' && {
        startedAt: sql`coalesce(${jobs.startedAt}, ${change.startedAt?.toISOString() ?? null}::timestamptz, now())`,
      }),
      ...(change.error !== undefined && {
        errorCause: change.error?.cause ?? null,
        errorMessage: change.error?.message ?? null,
      }),
      ...(change.attempt !== undefined && { attempt: change.attempt }),
      ...(change.tries !== undefined && { tries: change.tries }),
    })
    .where(and(eq(jobs.id, jobId), inArray(jobs.state, allowed)))
    .returning()
  // Together, for one round trip; where there is no such row the notice is rolled back with the rest.
  const [[row]] = await Promise.all([update, notify(tx, 'live', `job ${jobId}`)])
  if (!row) throw await refusal(tx, jobId, to)
  if (row.trigger === 'watch' || row.trigger === 's3') await followJob(tx, row)
  // A run of the same schedule may wait for it.
  if (row.trigger === 'schedule' && isTerminal(to)) await notify(tx, 'work', 'runs')
  if (row.tidyAt && isAtRest(to)) await notify(tx, 'work', 'tidy')
  return row
}

async function refusal(tx: Tx, jobId: string, to: JobState): Promise<Error> {
  const [now] = await tx.select({ state: jobs.state }).from(jobs).where(eq(jobs.id, jobId))
  if (!now) return new NotFoundError('There is no such job.')
  return new ConflictError(`The job is ${now.state}, so it cannot become ${to}.`)
}
