import { afterAll, expect, test } from 'vitest'
import { readHealth } from '#lib/agents/health.ts'
import { openStage } from '#tests/support/stage.ts'

const { database } = await openStage(afterAll)
const { db, sql } = database

test('the health of the queue is that of its own tables, and says nothing of the database', async () => {
  expect(await readHealth(db)).toMatchObject({ status: 'ok', database: 'ok', queue: 'ok' })
  const noQueue = { status: 'down', database: 'ok', queue: 'down' }
  await sql`update pgboss.queue set name = 'firings too' where name = 'firings'`
  expect(await readHealth(db)).toMatchObject(noQueue)
  await sql`update pgboss.queue set name = 'firings' where name = 'firings too'`
  await sql`alter schema pgboss rename to elsewhere`
  expect(await readHealth(db)).toMatchObject(noQueue)
  await sql`alter schema elsewhere rename to pgboss`
  expect(await readHealth(db)).toMatchObject({ status: 'ok', queue: 'ok' })
})
