import { and, eq, sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import { takeAttempts } from '#lib/jobs/claim-attempt.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { type AttemptOutcome, endAttempt } from '#lib/jobs/end-attempt.ts'
import type { AttemptReport, CreateJobInput, FileEnd, Job } from '#lib/jobs/schema.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { type Contexts, contextsOver } from './context.ts'
import { databaseOn, type TestDatabase } from './database.ts'
import type { Later } from './later.ts'

/** A database of this run's server. */
export function freshDatabase(later: Later): Promise<TestDatabase> {
  return databaseOn(inject('clusterUrl'), later)
}

export type Stage = {
  database: TestDatabase
  ctx: Contexts
  source: Endpoint
  destination: Endpoint
  /** What a person would send for a copy of `path`. */
  input(path?: string, more?: Partial<CreateJobInput>): CreateJobInput
  queued(path?: string, more?: Partial<CreateJobInput>): Promise<Job>
  /** A job that the stage's own worker has taken. */
  running(path?: string): Promise<{ job: Job; held: Assignment }>
  claim(jobId: string): Promise<Assignment | null>
  end(held: Assignment, outcome: AttemptOutcome, more?: Partial<AttemptReport>): Promise<boolean>
  row(jobId: string): Promise<JobRow>
  attemptsOf(jobId: string): Promise<(typeof attempts.$inferSelect)[]>
}

/** Two local endpoints, every actor and a worker that the test plays itself: the verbs without rclone. */
export async function openStage(later: Later): Promise<Stage> {
  const database = await freshDatabase(later)
  const ctx = await contextsOver(database, later)
  const endpoint = (name: string) =>
    createEndpoint({ ctx: ctx.owner, input: { name, type: 'local', path: `/srv/${name}` } })
  const source = await endpoint('in')
  const destination = await endpoint('out')
  const { db } = database
  const input: Stage['input'] = (path = 'a', more = {}) => ({
    operation: 'copy',
    source: { endpointId: source.id, path },
    destination: { endpointId: destination.id, path },
    ...more,
  })
  const queued: Stage['queued'] = (path, more) => createJob({ ctx: ctx.operator, input: input(path, more) })
  const attemptsOf: Stage['attemptsOf'] = (jobId) =>
    db.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(attempts.number)
  const claim: Stage['claim'] = async (jobId) => {
    const latest = (await attemptsOf(jobId)).at(-1)!
    const [held] = await db.transaction((tx) => takeAttempts(tx, [latest.id], ctx.workerId))
    return held ?? null
  }
  return {
    database,
    ctx,
    source,
    destination,
    input,
    queued,
    attemptsOf,
    claim,
    async running(path) {
      const job = await queued(path)
      return { job, held: (await claim(job.id))! }
    },
    end: (held, outcome, more) => endAttempt({ ctx: ctx.agent, report: reportOf(held, more), outcome }),
    async row(jobId) {
      const [row] = await db.select().from(jobs).where(eq(jobs.id, jobId))
      return row!
    },
  }
}

const noFigures: AttemptReport['figures'] = {
  ...{ bytes: 0, totalBytes: 0, files: 0, totalFiles: 0, speed: 0, etaSeconds: null },
  ...{ unchangedFiles: 0, failedFiles: 0, skippedFiles: 0 },
}

export function reportOf(held: Assignment, more: Partial<AttemptReport> = {}): AttemptReport {
  const { attemptId, epoch, jobId, number } = held
  return { attemptId, epoch, jobId, number, figures: noFigures, inFlight: [], files: [], log: [], ...more }
}

export function figures(some: Partial<AttemptReport['figures']>): AttemptReport['figures'] {
  return { ...noFigures, ...some }
}

export function fileEnd(path: string, more: Partial<FileEnd> = {}): FileEnd {
  return { path, size: 1, state: 'completed', action: 'copied', cause: null, message: null, ...more }
}

/** Lets the back-off of a job's next attempt be over. */
export async function dueNow({ database }: Stage, jobId: string): Promise<void> {
  const waits = and(eq(attempts.jobId, jobId), eq(attempts.state, 'queued'))
  await database.db.update(attempts).set({ startAfter: sql`now()` }).where(waits)
}
