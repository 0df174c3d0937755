import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { ListingState } from '#lib/bucket-listings/state.ts'
import type { JobOptions } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import type { TriggerSettings } from '#lib/triggers/schema.ts'
import { id, instant } from './columns.ts'
import { endpoints } from './endpoints.ts'

/** A saved transfer. A deleted one stays, so that its jobs and events keep its name. */
export const templates = pgTable(
  'templates',
  {
    id: id(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    enabled: boolean('enabled').notNull().default(true),
    operation: text('operation').$type<Operation>().notNull(),
    sourceEndpointId: uuid('source_endpoint_id')
      .notNull()
      .references(() => endpoints.id),
    /** May hold variables of a run's time (lib/templates/variables.ts); where it is watched, none. */
    sourcePath: text('source_path').notNull(),
    /** A glob; without "/" it is matched against base names. */
    pattern: text('pattern').notNull().default('*'),
    destinationEndpointId: uuid('destination_endpoint_id')
      .notNull()
      .references(() => endpoints.id),
    destinationPath: text('destination_path').notNull(),
    /** IANA name: the zone of dates in paths. */
    timeZone: text('time_zone').notNull().default('UTC'),
    /** Events that come within so many milliseconds travel in one job, at most so many of them. */
    gather: jsonb('gather').$type<{ windowMs?: number; most?: number }>().notNull().default({}),
    options: jsonb('options').$type<JobOptions>().notNull().default({}),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** Since when it takes from where it takes: events before are of files elsewhere. */
    sourceSince: instant('source_since').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    uniqueIndex('templates_name').on(sql`lower(${table.name})`).where(sql`${table.deletedAt} is null`),
    index('templates_source').on(table.sourceEndpointId),
    index('templates_destination').on(table.destinationEndpointId),
    check('templates_operation', sql`${table.operation} in ('copy', 'move', 'sync')`),
  ],
)

/** What starts a template. */
export const triggers = pgTable(
  'triggers',
  {
    id: id(),
    templateId: uuid('template_id')
      .notNull()
      .references(() => templates.id),
    type: text('type').$type<TriggerSettings['type']>().notNull(),
    settings: jsonb('settings').$type<TriggerSettings>().notNull(),
    /** By name, each sealed for its place here, such as the secret key of a queue. */
    secrets: jsonb('secrets').$type<Record<string, string>>().notNull().default({}),
    /** From when on it counts: what was due or there before is no event of it. */
    since: instant('since').notNull().defaultNow(),
    /** Schedules: the next firing that a message was sent for; null while it is off. */
    nextDueAt: instant('next_due_at'),
    /** Schedules: what was due until then is accounted for, or was not asked for. The watchdog's own memory. */
    checkedUntil: instant('checked_until').notNull().defaultNow(),
    /** What the one that watches or listens says of it: fine, or why not. */
    health: jsonb('health').$type<{ state: 'ok' | 'warn' | 'fail'; message: string; at: string } | null>(),
    /** S3 events: what the listings of the bucket have looked at, and found. */
    listing: jsonb('listing').$type<ListingState | null>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
    /** When what it remembered of files was removed, after it was deleted. */
    forgottenAt: instant('forgotten_at'),
  },
  (table) => [
    index('triggers_template').on(table.templateId),
    index('triggers_due').on(table.nextDueAt).where(sql`${table.deletedAt} is null`),
    // Read for each batch of messages, however many schedules there are.
    index('triggers_queues').on(table.id).where(sql`${table.type} = 's3' and ${table.deletedAt} is null`),
    // Those that the chore has to look at: few, however many were ever deleted.
    index('triggers_to_forget')
      .on(table.deletedAt)
      .where(sql`${table.deletedAt} is not null and ${table.forgottenAt} is null`),
    check('triggers_type', sql`${table.type} in ('schedule', 'watch', 's3')`),
  ],
)
