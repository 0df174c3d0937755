import { afterAll, expect, test } from 'vitest'
import { migrate } from '#lib/db/migrate.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { openTcpGate } from '#tests/support/tcp-gate.ts'

test('a database of this version is left as it is, one of a newer version is refused with what to do', async () => {
  const { url, sql } = await freshDatabase(afterAll)
  const applied = () =>
    sql<{ count: number }[]>`select count(*)::int as count from drizzle.__drizzle_migrations`
  const before = await applied()
  await migrate(url)
  expect(await applied()).toEqual(before)
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', ${Date.now() + 1e10})`
  await expect(migrate(url)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('newer version'),
  })
})

test('a server that is too old is refused', async () => {
  const { url, sql } = await freshDatabase(afterAll)
  await sql.unsafe(`
    create function current_setting(text) returns text language sql as $$ select '130023' $$;
    alter database ${new URL(url).pathname.slice(1)} set search_path = public, pg_catalog`)
  await expect(migrate(url)).rejects.toMatchObject({
    ...{ kind: 'unavailable', message: 'PostgreSQL 13 is too old: it must be 14 or newer.' },
  })
})

test('a way to the server by which notices get lost is refused with what to do', async () => {
  const { url } = await freshDatabase(afterAll)
  const pooled = new URL(url)
  // As a pooler in transaction mode does: notices (messages of the type A) go to nobody.
  const target = { host: pooled.hostname, port: Number(pooled.port) }
  const gate = await openTcpGate(target, afterAll, (_, chunk) => chunk[0] !== 'A'.charCodeAt(0))
  pooled.port = String(gate.port)
  await expect(migrate(pooled.href)).rejects.toMatchObject({
    ...{ kind: 'unavailable', message: expect.stringContaining('session mode') },
  })
})
