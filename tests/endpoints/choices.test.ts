import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { endpointChoices } from '#lib/endpoints/endpoint-choices.ts'
import { readForm } from '#lib/endpoints/read-form.ts'
import { stockBackends } from '#tests/support/backends.ts'
import { openStage } from '#tests/support/stage.ts'

const { ctx, source, database } = await openStage(afterAll)

test('more than a page of endpoints are offered, and what is asked for wherever it stands', async () => {
  await database.db.execute(sql`
    insert into endpoints (id, name, type, path, agent_id)
    select gen_random_uuid(), 'a' || lpad(n::text, 4, '0'), 'local', '/srv/' || n, ${source.agent.id}
    from generate_series(1, 2100) n`)
  const names = async (asked?: (string | undefined)[]) =>
    (await endpointChoices({ ctx: ctx.viewer, ...(asked && { asked }) })).map(({ name }) => name)
  const offered = await names()
  expect(offered).toHaveLength(2000)
  expect(offered).not.toContain(source.name)
  expect(await names([source.id, source.id, undefined])).toEqual([...offered, source.name])
  // Deleted, or never made: a form says so.
  expect(await names([v7(), 'bogus'])).toEqual(offered)

  await stockBackends(ctx, onTestFinished)
  const settings = { remote: `endpoint:${source.id}/below` }
  const changed = await createEndpoint({
    ctx: ctx.operator,
    input: { name: 'a alias', type: 'alias', settings },
  })
  const form = await readForm({ ctx: ctx.operator, type: 'alias', changed })
  const bases = form.bases.map(({ name }) => name)
  expect([bases.length, bases.at(-1)]).toEqual([2000, source.name])
  expect(bases).not.toContain('a alias')
})
