import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { takeQuestion } from '#lib/agents/questions.ts'
import { questions } from '#lib/db/schema/agents.ts'
import { openStage } from '#tests/support/stage.ts'

const { database, ctx } = await openStage(afterAll)
const agentId = (ctx.agent.actor as { id: string }).id

async function ask(root: string, seconds: number): Promise<string> {
  const expiresAt = sql`now() + make_interval(secs => ${seconds})`
  const row = { agentId, kind: 'browse' as const, input: { root }, expiresAt }
  const [asked] = await database.db.insert(questions).values(row).returning()
  return asked!.id
}

test('a question is taken by one, in turn, and not when nobody waits for it any more', async () => {
  await ask('/late', -1)
  const [first, second] = [await ask('/a', 15), await ask('/b', 15)]
  const taken = await Promise.all(Array.from({ length: 4 }, () => takeQuestion({ ctx: ctx.agent, agentId })))
  const ids = taken.flatMap((question) => question?.id ?? [])
  expect(ids.toSorted()).toEqual([first, second].toSorted())
  for (const question of taken.filter((one) => one !== null)) {
    expect(question.remainingMs).toBeGreaterThan(5000)
    expect(question.remainingMs).toBeLessThanOrEqual(15_000)
  }
})

test('questions about places that are busy wait for others', async () => {
  const [busy, free] = [await ask('/a', 15), await ask('/b', 15)]
  const notAt = ['/a', '/x']
  expect(await takeQuestion({ ctx: ctx.agent, agentId, notAt })).toMatchObject({ id: free })
  expect(await takeQuestion({ ctx: ctx.agent, agentId, notAt })).toBeNull()
  expect(await takeQuestion({ ctx: ctx.agent, agentId })).toMatchObject({ id: busy })
})
