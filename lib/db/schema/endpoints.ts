import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { StorageFacts } from '#lib/endpoints/storage-facts.ts'
import { agents } from './agents.ts'
import { id, instant } from './columns.ts'

/** A place files live. A deleted one stays, so that the jobs that used it keep their names. */
export const endpoints = pgTable(
  'endpoints',
  {
    id: id(),
    name: text('name').notNull(),
    type: text('type').notNull(),
    /** The root inside the storage; for `local` an absolute folder inside the agent's roots. */
    path: text('path').notNull(),
    /** By rclone's own option names; references to other endpoints as `endpoint:<id>`. */
    settings: jsonb('settings').$type<Record<string, string>>().notNull().default({}),
    /** By option name, each sealed for its place here (lib/secrets/seal.ts). Emptied when it is deleted. */
    secrets: jsonb('secrets').$type<Record<string, string>>().notNull().default({}),
    limits: jsonb('limits').$type<{ bandwidth?: string; transfers?: number }>().notNull().default({}),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    uniqueIndex('endpoints_name').on(sql`lower(${table.name})`).where(sql`${table.deletedAt} is null`),
    index('endpoints_agent').on(table.agentId),
  ],
)

/**
 * What tests found of an endpoint, the latest of each. Jobs are not written here: how they ended is read along their
 * own index, so that the end of an attempt costs no row more.
 */
export const endpointHealth = pgTable('endpoint_health', {
  endpointId: uuid('endpoint_id')
    .primaryKey()
    .references(() => endpoints.id, { onDelete: 'cascade' }),
  passedAt: instant('passed_at'),
  failedAt: instant('failed_at'),
  failedCause: text('failed_cause'),
  failedMessage: text('failed_message'),
  /** Space and features as the storage told them at a test that passed. */
  facts: jsonb('facts').$type<StorageFacts>(),
  factsAt: instant('facts_at'),
})
