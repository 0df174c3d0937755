import { afterAll, expect, test } from 'vitest'
import type { Context } from '#lib/context.ts'
import { deleteView } from '#lib/views/delete-view.ts'
import { listViews } from '#lib/views/list-views.ts'
import { saveView } from '#lib/views/save-view.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'

const { ctx, database } = await openStage(afterAll)

async function person(role: 'viewer' | 'operator' = 'viewer'): Promise<Context> {
  const { id, email } = await makeUser(database, role)
  return { ...ctx.viewer, actor: { type: 'user', id, role, label: email } }
}

test('a view is kept, replaced under its name whatever its letters’ case, listed by name and deleted', async () => {
  const me = await person()
  await saveView({ ctx: me, input: { name: 'Late', filters: { state: 'failed', within: '24h' } } })
  await saveView({ ctx: me, input: { name: 'archive', filters: { q: '2026' } } })
  const again = await saveView({ ctx: me, input: { name: ' LATE ', filters: { state: 'failed' } } })
  expect(await listViews({ ctx: me })).toEqual([
    { id: expect.any(String), name: 'archive', filters: { q: '2026' } },
    { id: again.id, name: 'LATE', filters: { state: 'failed' } },
  ])
  await deleteView({ ctx: me, id: again.id })
  expect(await listViews({ ctx: me })).toHaveLength(1)
})

test('a view is its person’s own', async () => {
  const [me, other] = await Promise.all([person(), person('operator')])
  const mine = await saveView({ ctx: me, input: { name: 'mine', filters: {} } })
  expect(await listViews({ ctx: other })).toEqual([])
  await expect(deleteView({ ctx: other, id: mine.id })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(deleteView({ ctx: other, id: 'none' })).rejects.toMatchObject({ kind: 'not_found' })
  expect(await listViews({ ctx: me })).toHaveLength(1)
})

test.each(['operatorKey', 'agent', 'system'] as const)('%s has none', async (who) => {
  await expect(listViews({ ctx: ctx[who] })).rejects.toMatchObject({ kind: 'forbidden' })
  await expect(saveView({ ctx: ctx[who], input: { name: 'a', filters: {} } })).rejects.toMatchObject({
    kind: 'forbidden',
  })
})

test('filters are those of the list, and a person has a bounded number', async () => {
  const me = await person()
  for (const filters of [{ state: 'bogus' }, { cursor: 'x' }, { within: '3y' }, { since: 'yesterday' }]) {
    await expect(saveView({ ctx: me, input: { name: 'a', filters } })).rejects.toMatchObject({
      kind: 'invalid',
    })
  }
  for (let n = 0; n < 30; n += 1) await saveView({ ctx: me, input: { name: `v${n}`, filters: {} } })
  await expect(saveView({ ctx: me, input: { name: 'one more', filters: {} } })).rejects.toMatchObject({
    kind: 'conflict',
  })
  await saveView({ ctx: me, input: { name: 'v3', filters: { q: 'x' } } })
  expect(await listViews({ ctx: me })).toHaveLength(30)
})
