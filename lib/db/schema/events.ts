import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { EarlierFate } from '#lib/events/schema.ts'
import type { EventKind, EventState } from '#lib/events/states.ts'
import type { FiringState } from '#lib/schedules/firing-states.ts'
import { amount, id, instant } from './columns.ts'

/**
 * The ledger: something that happened outside, written before anyone acts on it. Partitioned by range of its own
 * UUIDv7 (the migration says how).
 */
export const events = pgTable(
  'events',
  {
    id: id(),
    templateId: uuid('template_id').notNull(),
    triggerId: uuid('trigger_id').notNull(),
    source: text('source').$type<'watch' | 's3'>().notNull(),
    kind: text('kind').$type<EventKind>().notNull(),
    /** Relative to the source path of the template. */
    path: text('path').notNull(),
    size: amount('size'),
    state: text('state').$type<EventState>().notNull(),
    /** Why it was ignored, failed or is dead: a sentence. */
    reason: text('reason'),
    /** Where the file goes, below the destination endpoint; set when it is taken into a job. */
    destinationPath: text('destination_path'),
    jobId: uuid('job_id'),
    /** When it happened, as far as whoever told it knows. */
    occurredAt: instant('occurred_at').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
    settledAt: instant('settled_at'),
    /** Since when it waits for a job: it was received, or replayed. */
    waitingSince: instant('waiting_since').notNull().defaultNow(),
    /** What variables {event.*} name, and what a person may want to see: bucket, key, versionId, eTag, … */
    detail: jsonb('detail').$type<Record<string, string>>().notNull().default({}),
    /** The fates that it had before it was replayed, the newest last (lib/events/replay-events.ts). */
    earlier: jsonb('earlier').$type<EarlierFate[]>().notNull().default([]),
  },
  (table) => [
    // What waits to be taken into a job: few, and looked for all the time.
    index('events_waiting')
      .on(table.templateId, table.id)
      .where(sql`${table.state} = 'pending' and ${table.jobId} is null`),
    // Files that a job has taken and not ended with: of each one at a time.
    index('events_taken')
      .on(table.templateId, table.path)
      .where(sql`${table.state} = 'pending' and ${table.jobId} is not null`),
    // What the books compare with jobs and transfers: the latest.
    index('events_settled_at').on(table.settledAt).where(sql`${table.state} in ('transferred', 'failed')`),
    index('events_job').on(table.jobId).where(sql`${table.jobId} is not null`),
    index('events_template').on(table.templateId, table.state, table.id),
    index('events_state').on(table.state, table.id),
    // What a listing found and no event had told of: few, and looked for with each message of a queue.
    index('events_listed')
      .on(table.templateId, table.path)
      .where(sql`${table.detail} ->> 'found' = 'listing'`),
    check(
      'events_state_known',
      sql`${table.state} in ('ignored', 'pending', 'transferred', 'failed', 'dead')`,
    ),
    check('events_settled', sql`(${table.state} = 'pending') = (${table.settledAt} is null)`),
    check(
      'events_reason',
      sql`${table.state} not in ('ignored', 'failed', 'dead') or ${table.reason} is not null`,
    ),
  ],
)

/**
 * What tells an event from its repetition, for each trigger. Apart from the events, because a unique key over
 * partitions would have to hold their range.
 */
export const eventKeys = pgTable(
  'event_keys',
  {
    triggerId: uuid('trigger_id').notNull(),
    /** MD5 of what the source is told apart by: path, size and time of a file; bucket, key, version of an object. */
    keyHash: uuid('key_hash').notNull(),
    eventId: uuid('event_id').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.triggerId, table.keyHash] }), index('event_keys_at').on(table.at)],
)

/**
 * The last event of each object that a queue has told of, so that an older one that comes after it does no harm. Events
 * of S3 arrive in any order.
 */
export const objectHeads = pgTable(
  'object_heads',
  {
    triggerId: uuid('trigger_id').notNull(),
    /** MD5 of bucket and key, or of these and a version (lib/s3-events/record-messages.ts). */
    scopeHash: uuid('scope_hash').notNull(),
    sequencer: text('sequencer').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.triggerId, table.scopeHash] })],
)

/**
 * How many events there are: the sums are the counts. Every statement that changes events adds what it changed (a
 * trigger, in the migration), so that nobody waits for a counter of another; the chore of the books adds them up.
 */
export const eventCounts = pgTable(
  'event_counts',
  {
    templateId: uuid('template_id').notNull(),
    /** Of the event's id, such as 2026-03: its counts go with its partition. */
    month: text('month').notNull(),
    state: text('state').$type<EventState>().notNull(),
    count: amount('count').notNull(),
  },
  (table) => [index('event_counts_template').on(table.templateId)],
)

/** One time at which a schedule was due, and what came of it. */
export const firings = pgTable(
  'firings',
  {
    triggerId: uuid('trigger_id').notNull(),
    dueAt: instant('due_at').notNull(),
    templateId: uuid('template_id').notNull(),
    state: text('state').$type<FiringState>().notNull(),
    reason: text('reason'),
    jobId: uuid('job_id'),
    firedAt: instant('fired_at').notNull().defaultNow(),
    /** When somebody said that they know of it: what was missed or failed is shown until then. */
    seenAt: instant('seen_at'),
    /** When the schedule's ping URL is to be called, or called again; null when there is nothing to call. */
    pingAt: instant('ping_at'),
    /** The last call: an HTTP status, or why there was none. */
    ping: jsonb('ping').$type<{ tries: number; status?: number; error?: string; at: string } | null>(),
  },
  (table) => [
    primaryKey({ columns: [table.triggerId, table.dueAt] }),
    index('firings_due').on(table.dueAt),
    index('firings_job').on(table.jobId).where(sql`${table.jobId} is not null`),
    index('firings_ping').on(table.pingAt).where(sql`${table.pingAt} is not null`),
    // What a person has to know of: few.
    index('firings_raised')
      .on(table.dueAt)
      .where(sql`${table.state} in ('missed', 'failed') and ${table.seenAt} is null`),
    check('firings_state', sql`${table.state} in ('fired', 'skipped', 'failed', 'missed')`),
    check('firings_reason', sql`${table.state} = 'fired' or ${table.reason} is not null`),
  ],
)
