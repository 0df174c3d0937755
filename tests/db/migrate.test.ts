import { afterAll, expect, test } from 'vitest'
import { migrate } from '#lib/db/migrate.ts'
import { freshDatabase } from '#tests/support/stage.ts'

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
