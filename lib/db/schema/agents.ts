import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { amount, id, instant } from './columns.ts'

/** A machine that runs rclone for us. The control plane's own worker is the agent of kind `builtin`. */
export const agents = pgTable(
  'agents',
  {
    id: id(),
    name: text('name').notNull(),
    kind: text('kind').$type<'builtin'>().notNull(),
    /** The id of the key that its workers open first, so that a web that seals to another is found out. */
    keyId: text('key_id'),
    /** The folders local endpoints of this agent may lie in; null until somebody said. */
    roots: text('roots').array(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('agents_name').on(table.name),
    uniqueIndex('agents_one_builtin').on(table.kind).where(sql`${table.kind} = 'builtin'`),
    check('agents_kind', sql`${table.kind} in ('builtin')`),
  ],
)

/** What the agent's rclone says of the storage types it has: 58 of them, half a megabyte. Written by its workers. */
export const agentBackends = pgTable('agent_backends', {
  agentId: uuid('agent_id')
    .primaryKey()
    .references(() => agents.id),
  /** Of rclone and of our own reading of it: rows of another version are written anew. */
  version: text('version').notNull(),
  backends: jsonb('backends').$type<unknown>().notNull(),
})

/** `startedAt` tells a process from a later one with the same number: its start on the machine's own clock. */
export type ProcessMark = { pid: number; startedAt: string }
/** An rclone of a worker; `folder` holds its log, which outlives a worker that was killed. */
export type SlotProcess = ProcessMark & { folder: string }

/** One running worker process of an agent: what the health page and the sweeper look at. */
export const workers = pgTable(
  'workers',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id),
    host: text('host').notNull(),
    pid: integer('pid').notNull(),
    /** The boot and process namespace that `pid` belongs to; null where that cannot be told. */
    machine: text('machine'),
    /** With `pid` the process itself, on its machine. */
    processStartedAt: text('process_started_at'),
    startedAt: instant('started_at').notNull().defaultNow(),
    heartbeatAt: instant('heartbeat_at').notNull().defaultNow(),
    stoppedAt: instant('stopped_at'),
    rcloneVersion: text('rclone_version').notNull(),
    rclonePath: text('rclone_path').notNull(),
    /** The ids of the keys that it can open secrets with, the newest first; null from workers that did not say. */
    keyIds: text('key_ids').array(),
    slots: integer('slots').notNull(),
    busySlots: integer('busy_slots').notNull().default(0),
    diskFree: amount('disk_free'),
    /** Its rclone daemons, so that whoever takes over its attempts on the same machine can end them first. */
    slotProcesses: jsonb('slot_processes').$type<SlotProcess[]>().notNull().default([]),
  },
  (table) => [index('workers_heartbeat').on(table.heartbeatAt)],
)

export type QuestionKind =
  | 'test'
  | 'browse'
  | 'hostKey'
  | 'oauth'
  | 'readConfig'
  | 'writeConfig'
  | 'fileDeed'
  | 'passage'
  | 'testQueue'

/**
 * A bounded question from the web process to an agent: the web never touches a storage itself. Short-lived:
 * the asker deletes it with its answer, the worker sweeps what nobody waits for any more.
 */
export const questions = pgTable(
  'questions',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id),
    kind: text('kind').$type<QuestionKind>().notNull(),
    input: jsonb('input').$type<unknown>().notNull(),
    state: text('state').$type<'asked' | 'taken' | 'answered'>().notNull().default('asked'),
    answer: jsonb('answer').$type<unknown>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('questions_asked').on(table.agentId).where(sql`${table.state} = 'asked'`)],
)
