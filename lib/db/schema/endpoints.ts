import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
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
    settings: jsonb('settings').$type<Record<string, string>>().notNull().default({}),
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
