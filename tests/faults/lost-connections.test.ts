import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '#lib/db/client.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { openOwnServer } from '#tests/support/own-server.ts'

const CONNECTIONS = 6

/** Calls `work` again and again, hot, and counts; what it throws must be the database's trouble. */
async function hammer(work: () => Promise<unknown>, until: AbortSignal): Promise<number> {
  let done = 0
  while (!until.aborted) {
    try {
      await work()
      done += 1
    } catch (error) {
      expect(databaseTrouble(error)).not.toBeNull()
    }
  }
  return done
}

// What postgres.js throws outside of any promise fails this file as well.
test('a pool outlives immediate restarts in full work: no place in it is lost, no transaction half done', async () => {
  const server = await openOwnServer(onTestFinished)
  const { db, close } = connect(server.database.url, { max: CONNECTIONS, name: 'pool' })
  onTestFinished(close)
  await db.execute(sql`create table pairs (n int)`)
  const pair = () =>
    db.transaction(async (tx) => {
      await tx.execute(sql`insert into pairs values (${1})`)
      await tx.execute(sql`select count(*) from pairs where n = ${2}`)
      await tx.execute(sql`insert into pairs values (${1})`)
    })
  const single = () => db.execute(sql`select ${1}::int`)
  const over = new AbortController()
  const loops = [pair, pair, pair, pair, single, single, single, single].map((work) =>
    hammer(work, over.signal),
  )
  for (let n = 0; n < 4; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    await server.crash()
    await server.start()
  }
  await pair()
  over.abort()
  for (const done of await Promise.all(loops)) expect(done).toBeGreaterThan(0)

  // All of them at once, three times: a broken place would take ten seconds to say so, each time.
  const began = performance.now()
  for (let n = 0; n < 3; n += 1) {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => db.execute(sql`select pg_sleep(0.2)`)))
  }
  expect(performance.now() - began).toBeLessThan(9000)
  const [row] = await db.execute<{ odd: boolean }>(sql`select count(*) % 2 = 1 as odd from pairs`)
  expect(row).toEqual({ odd: false })
})
