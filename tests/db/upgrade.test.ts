import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { v7 } from 'uuid'
import { expect, inject, onTestFinished, test } from 'vitest'
import { migrate } from '#lib/db/migrate.ts'
import { databaseOn, type TestDatabase } from '#tests/support/database.ts'
import { tempFolder } from '#tests/support/files.ts'

type Journal = { entries: { tag: string }[] }
type Fate = { state: 'transferred' | 'failed'; destinationPath: string; jobId: string; settledAt: string }

/** A database as the version left it of which `last` was the newest migration. */
async function databaseAt(last: string): Promise<TestDatabase> {
  const database = await databaseOn(inject('clusterUrl'), onTestFinished, 'template1')
  const folder = await tempFolder(onTestFinished)
  await cp('drizzle', folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8')) as Journal
  const until = journal.entries.findIndex(({ tag }) => tag === last) + 1
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, until) }))
  await applyMigrations(drizzle(database.sql), { migrationsFolder: folder })
  return database
}

/** Rows as they were written then, by SQL: the code of today knows another schema. */
async function openLedger({ sql }: TestDatabase) {
  const [agent, endpoint] = [v7(), v7()]
  await sql`insert into agents (id, name, kind) values (${agent}, 'here', 'builtin')`
  await sql`
    insert into endpoints (id, name, type, path, agent_id) values (${endpoint}, 'somewhere', 'local', '/srv', ${agent})`
  return {
    async template(name: string, operation: string, more: { deleted?: boolean } = {}): Promise<string> {
      const id = v7()
      await sql`
        insert into templates (id, name, operation, source_endpoint_id, source_path, destination_endpoint_id,
          destination_path, created_by, deleted_at)
        values (${id}, ${name}, ${operation}, ${endpoint}, 'in', ${endpoint}, 'out', 'somebody',
          ${more.deleted ? 'now' : null})`
      return id
    },
    async job(templateId: string, operation: string): Promise<string> {
      const id = v7()
      await sql`
        insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
          destination_path, created_by, template_id)
        values (${id}, 'queued', ${operation}, ${endpoint}, 'in', ${endpoint}, 'out', 'somebody', ${templateId})`
      return id
    },
    async event(
      templateId: string,
      path: string,
      state: 'transferred' | 'pending' | 'failed',
      fate: { to: string; jobId: string | null; earlier?: Fate[] },
    ): Promise<void> {
      await sql`
        insert into events (id, template_id, trigger_id, source, kind, path, state, reason, destination_path, job_id,
          occurred_at, settled_at, earlier)
        values (${v7()}, ${templateId}, ${v7()}, 'watch', 'created', ${path}, ${state},
          ${state === 'failed' ? 'It failed.' : null}, ${fate.to}, ${fate.jobId}, now(),
          ${state === 'pending' ? null : 'now'}, ${JSON.stringify(fate.earlier ?? [])}::text::jsonb)`
    },
  }
}

test('from before places had rows: whose each is, is what the ledger tells', async () => {
  const database = await databaseAt('0013_cheaper_counts')
  const ledger = await openLedger(database)
  const copies = await ledger.template('copies', 'copy')
  const [older, newer] = [await ledger.job(copies, 'copy'), await ledger.job(copies, 'copy')]
  await ledger.event(copies, 'one.mov', 'transferred', { to: 'out/one.mov', jobId: older })
  await ledger.event(copies, 'other/one.mov', 'transferred', { to: 'out/one.mov', jobId: newer })
  await ledger.event(copies, 'two.mov', 'pending', { to: 'out/two.mov', jobId: newer })
  await ledger.event(copies, 'three.mov', 'failed', { to: 'out/three.mov', jobId: newer })
  const before: Fate = {
    ...{ state: 'transferred', destinationPath: 'out/four.mov', jobId: older },
    settledAt: '2026-01-01T00:00:00Z',
  }
  await ledger.event(copies, 'four.mov', 'failed', { to: 'out/four.mov', jobId: null, earlier: [before] })
  const moves = await ledger.template('moves', 'move')
  const move = await ledger.job(moves, 'move')
  await ledger.event(moves, 'one.mov', 'transferred', { to: 'out/one.mov', jobId: move })
  const syncs = await ledger.template('syncs', 'sync')
  const sync = await ledger.job(syncs, 'sync')
  await ledger.event(syncs, 'one.mov', 'transferred', { to: 'out', jobId: sync })
  const gone = await ledger.template('gone', 'copy', { deleted: true })
  const last = await ledger.job(gone, 'copy')
  await ledger.event(gone, 'one.mov', 'transferred', { to: 'out/one.mov', jobId: last })

  await migrate(database.url)
  const places = await database.sql`
    select template_id as template, path, job_id as job, kept, moved, source_path as source,
      key_hash = md5('out/' || regexp_replace(path, '.*/', ''))::uuid as "isThere"
    from places order by path, template_id`
  const there = { source: 'in', isThere: true }
  const copied = { ...there, template: copies, moved: false }
  expect([...places]).toEqual([
    { ...copied, path: 'four.mov', job: older, kept: true },
    { ...there, template: moves, path: 'one.mov', job: move, kept: true, moved: true },
    { ...copied, path: 'other/one.mov', job: newer, kept: true },
    { ...copied, path: 'two.mov', job: newer, kept: false },
  ])
})
