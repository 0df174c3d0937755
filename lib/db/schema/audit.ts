import { index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** Who did what to what, written in the transaction of the deed. Never updated, never holds a secret. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: id(),
    at: instant('at').notNull().defaultNow(),
    actorType: text('actor_type').notNull(),
    actorId: text('actor_id').notNull(),
    /** The actor's name at the time: rows outlive users. */
    actorLabel: text('actor_label').notNull(),
    /** noun.verb, such as `job.create`. */
    action: text('action').notNull(),
    subjectId: text('subject_id'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [index('audit_entries_subject').on(table.subjectId), index('audit_entries_at').on(table.at)],
)

/** The answer once given to a creation that carried an Idempotency-Key, given again to its repetition. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    actorId: text('actor_id').notNull(),
    key: text('key').notNull(),
    verb: text('verb').notNull(),
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull().default(201),
    answer: jsonb('answer').$type<unknown>(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.actorId, table.key] }),
    index('idempotency_keys_created').on(table.createdAt),
  ],
)
