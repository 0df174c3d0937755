import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Cause } from '#lib/jobs/causes.ts'
import type { InFlightFile, JobOptions, JobPlan, JobTrigger } from '#lib/jobs/schema.ts'
import type { AttemptState, JobState, Operation, Wait } from '#lib/jobs/states.ts'
import { amount, id, instant } from './columns.ts'
import { endpoints } from './endpoints.ts'

/** One execution of a transfer. The figures are the latest of the running attempt plus what earlier ones did. */
export const jobs = pgTable(
  'jobs',
  {
    id: id(),
    state: text('state').$type<JobState>().notNull(),
    waitingFor: text('waiting_for').$type<Wait>(),
    operation: text('operation').$type<Operation>().notNull(),
    sourceEndpointId: uuid('source_endpoint_id')
      .notNull()
      .references(() => endpoints.id),
    sourcePath: text('source_path').notNull(),
    destinationEndpointId: uuid('destination_endpoint_id')
      .notNull()
      .references(() => endpoints.id),
    destinationPath: text('destination_path').notNull(),
    options: jsonb('options').$type<JobOptions>().notNull().default({}),
    /** The template it is a run of, and what started that; no foreign key, so that either may go first. */
    templateId: uuid('template_id'),
    trigger: text('trigger').$type<JobTrigger>(),
    /** Which files of the source, and where each goes; null for all of them, under their own names. */
    plan: jsonb('plan').$type<JobPlan | null>(),
    bytes: amount('bytes').notNull().default(0),
    totalBytes: amount('total_bytes').notNull().default(0),
    files: amount('files').notNull().default(0),
    totalFiles: amount('total_files').notNull().default(0),
    unchangedFiles: amount('unchanged_files').notNull().default(0),
    failedFiles: amount('failed_files').notNull().default(0),
    skippedFiles: amount('skipped_files').notNull().default(0),
    speed: amount('speed').notNull().default(0),
    etaSeconds: integer('eta_seconds'),
    /** Files moving right now; latest wins, emptied at the end of an attempt. */
    inFlight: jsonb('in_flight').$type<InFlightFile[]>().notNull().default([]),
    errorCause: text('error_cause').$type<Cause>(),
    errorMessage: text('error_message'),
    /** The number of the current attempt, from 1. */
    attempt: integer('attempt').notNull().default(1),
    /** Attempts since a person last started it: what bounds our own retries. */
    tries: integer('tries').notNull().default(1),
    /** Set while a running attempt is asked to stop: where the job goes when it has. */
    stopRequested: text('stop_requested').$type<'cancel' | 'pause'>(),
    /**
     * Partial files may lie at its destination that nobody has looked for: from when on a worker may, once the job
     * does not go on by itself. The next attempt does so in any case.
     */
    tidyAt: instant('tidy_at'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    /** When anything of this row changed: the id of the event that tells of it. */
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    // Each ends with the id: any mix of states and endpoints is read along them, newest first, without a sort.
    index('jobs_state').on(table.state, table.id),
    index('jobs_source').on(table.sourceEndpointId, table.state, table.id),
    index('jobs_destination').on(table.destinationEndpointId, table.state, table.id),
    // Not on updated_at: an index on what each tick changes would be written, with all the others, at each tick.
    index('jobs_template')
      .on(table.templateId, table.state, table.id)
      .where(sql`${table.templateId} is not null`),
    index('jobs_finished').on(table.finishedAt).where(sql`${table.finishedAt} is not null`),
    // Few at a time.
    index('jobs_tidy').on(table.tidyAt).where(sql`${table.tidyAt} is not null`),
    // Runs of one transfer, by how they ended: as lib/jobs/same-transfer.ts asks. Paths may be too long for an index.
    index('jobs_same')
      .on(
        table.sourceEndpointId,
        table.destinationEndpointId,
        sql`(md5(${table.operation} || ${table.sourcePath} || '//' || ${table.destinationPath})::uuid)`,
        table.state,
        table.id,
      )
      .where(sql`${table.finishedAt} is not null`),
    check(
      'jobs_state_known',
      sql`${table.state} in ('pending', 'queued', 'running', 'retrying', 'paused', 'completed', 'failed', 'cancelled')`,
    ),
    check(
      'jobs_terminal_is_finished',
      sql`(${table.state} in ('completed', 'failed', 'cancelled')) = (${table.finishedAt} is not null)`,
    ),
    check('jobs_waiting_is_pending', sql`(${table.waitingFor} is not null) = (${table.state} = 'pending')`),
    check('jobs_failed_has_cause', sql`${table.state} <> 'failed' or ${table.errorCause} is not null`),
    check(
      'jobs_stop_is_running',
      sql`${table.stopRequested} is null or (${table.state} = 'running' and ${table.stopRequested} in ('cancel', 'pause'))`,
    ),
    check('jobs_operation', sql`${table.operation} in ('copy', 'move', 'sync')`),
  ],
)

/** One try at a job; each is one message. Writes of a worker name the attempt and its epoch, or change nothing. */
export const attempts = pgTable(
  'attempts',
  {
    id: id(),
    jobId: uuid('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    state: text('state').$type<AttemptState>().notNull(),
    /** Raised by every claim: whoever holds an older one has lost the attempt. */
    epoch: integer('epoch').notNull().default(0),
    /** No foreign key: the rows of workers go after a week, those of attempts stay for months. */
    workerId: uuid('worker_id'),
    /** On the database's clock; renewed by each report. */
    leaseUntil: instant('lease_until'),
    /** What earlier attempts of the job had done when this one began: rclone counts from nought each time. */
    baseBytes: amount('base_bytes').notNull().default(0),
    baseFiles: amount('base_files').notNull().default(0),
    startAfter: instant('start_after'),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    cause: text('cause').$type<Cause>(),
    message: text('message'),
  },
  (table) => [
    uniqueIndex('attempts_number').on(table.jobId, table.number),
    uniqueIndex('attempts_one_live').on(table.jobId).where(sql`${table.state} in ('queued', 'running')`),
    // Few run at a time; the lease itself is not in it, because every tick renews it.
    index('attempts_running').on(table.workerId).where(sql`${table.state} = 'running'`),
    check(
      'attempts_state_known',
      sql`${table.state} in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')`,
    ),
    check(
      'attempts_terminal_is_finished',
      sql`(${table.state} in ('queued', 'running')) = (${table.finishedAt} is null)`,
    ),
    check(
      'attempts_running_has_lease',
      sql`${table.state} <> 'running' or (${table.leaseUntil} is not null and ${table.workerId} is not null)`,
    ),
  ],
)
