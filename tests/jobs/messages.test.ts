import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import type { Tx } from '#lib/db/client.ts'
import { idsFor } from '#lib/db/ids.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { queue } = stage.ctx.agent
const newId = idsFor(10)

/** All that pg-boss keeps of the messages of a queue; takes them out of it. */
async function takeAll(tx: Tx, name: string) {
  const rows = await tx.execute<{ id: string; data: unknown }>(
    sql`delete from pgboss.job where name = ${name} returning *`,
  )
  return [...rows].sort((a, b) => JSON.stringify(a.data).localeCompare(JSON.stringify(b.data)))
}

test('attempts that are sent together are what pg-boss makes of each that is sent alone', async () => {
  const lines = [
    { attemptId: newId(), route: 'one two', priority: 0 },
    { attemptId: newId(), route: 'three four', priority: -7 },
  ]
  await stage.database.db.transaction(async (tx) => {
    for (const { attemptId, ...line } of lines) await queue.sendAttempt(tx, { attemptId }, line)
    const alone = await takeAll(tx, 'attempts')
    await queue.sendAttempts(tx, lines)
    expect(alone).toHaveLength(2)
    expect(await takeAll(tx, 'attempts')).toEqual(alone)
  })
})

test('an attempt that has its message already keeps that one', async () => {
  const line = { attemptId: newId(), route: 'one two', priority: 3 }
  await stage.database.db.transaction(async (tx) => {
    await queue.sendAttempts(tx, [line])
    await queue.sendAttempts(tx, [{ ...line, priority: 5 }])
    expect(await takeAll(tx, 'attempts')).toMatchObject([{ id: line.attemptId, priority: 3 }])
  })
})

test('firings that are sent together are what pg-boss makes of each that is sent alone', async () => {
  const all = [new Date('2031-03-01T02:03:04.567Z'), new Date('2019-12-31T23:59:59.999Z')].map((at) => ({
    message: { triggerId: newId(), dueAt: at.toISOString() },
    at,
  }))
  const unnamed = (rows: { id: string }[]) => rows.map(({ id: _id, ...row }) => row)
  await stage.database.db.transaction(async (tx) => {
    for (const { message, at } of all) await queue.sendFiring(tx, message, at)
    const alone = unnamed(await takeAll(tx, 'firings'))
    await queue.sendFirings(tx, all)
    expect(alone).toHaveLength(2)
    expect(unnamed(await takeAll(tx, 'firings'))).toEqual(alone)
  })
})
