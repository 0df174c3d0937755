import { sql } from 'drizzle-orm'
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { Cause } from '#lib/jobs/causes.ts'
import type { TransferAction } from '#lib/jobs/schema.ts'
import type { TransferState } from '#lib/jobs/states.ts'
import { amount, instant } from './columns.ts'

/**
 * One file of a job that was copied, replaced, moved, deleted or failed. Partitioned by range of the job's
 * UUIDv7 (the migration says how), so that one job's rows lie together and old months drop in an instant.
 * The key is a hash: a path may be longer than an index entry.
 */
export const transfers = pgTable(
  'transfers',
  {
    jobId: uuid('job_id').notNull(),
    pathHash: uuid('path_hash').notNull().generatedAlwaysAs(sql`md5(path)::uuid`),
    path: text('path').notNull(),
    size: amount('size').notNull(),
    state: text('state').$type<TransferState>().notNull(),
    action: text('action').$type<TransferAction>().notNull(),
    attempt: integer('attempt').notNull(),
    cause: text('cause').$type<Cause>(),
    message: text('message'),
    finishedAt: instant('finished_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.pathHash] }),
    // Nearly all files arrive; the others are looked for.
    index('transfers_not_completed')
      .on(table.jobId, table.state, table.pathHash)
      .where(sql`${table.state} <> 'completed'`),
  ],
)

/** A job's log, a batch of JSON lines a row: one insert a second however chatty rclone is. */
export const logChunks = pgTable(
  'log_chunks',
  {
    jobId: uuid('job_id').notNull(),
    /** Counts from 1 within the job, across attempts. */
    seq: integer('seq').notNull(),
    attempt: integer('attempt').notNull(),
    lines: integer('lines').notNull(),
    body: text('body').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.seq] })],
)
