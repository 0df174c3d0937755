import { afterAll, expect, test } from 'vitest'
import { getEvent } from '#lib/events/queries.ts'
import { replayEvents } from '#lib/events/replay-events.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { fileEnd, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage
const ledger = openLedger(stage)

const replay = (ids: string[], dryRun = false) => replayEvents({ ctx: ctx.operator, input: { ids, dryRun } })

async function arrive(jobId: string, ...paths: string[]) {
  const held = (await stage.claim(jobId))!
  await stage.end(held, { kind: 'completed' }, { files: paths.map((path) => fileEnd(path)) })
}

test('a replayed event keeps the fates that it had', async () => {
  const a = await ledger('a', 'out')
  await a.record(happening('f'), happening('g', { ignored: 'It was of no use.' }))
  await a.gather()
  const job = await a.jobOf('f')
  await stage.end((await stage.claim(job))!, { kind: 'failed', cause: 'permission', message: 'Refused.' })
  const before = await a.rows()
  await replay(before.map(({ id }) => id))
  const by = { replayedBy: ctx.operator.actor.label, replayedAt: expect.any(String) }
  const [f, g] = await Promise.all(before.map(({ id }) => getEvent({ ctx: ctx.viewer, id })))
  expect(f).toMatchObject({ state: 'pending', reason: null, jobId: null })
  const failed = {
    ...{ state: 'failed', reason: expect.stringContaining('Refused.'), jobId: job, ...by },
    ...{ destinationPath: 'out/f', settledAt: before[0]!.settledAt!.toISOString() },
  }
  expect(f!.earlier).toEqual([failed])
  expect(g!.earlier).toMatchObject([{ state: 'ignored', reason: 'It was of no use.', jobId: null }])
  await a.gather()
  await arrive(await a.jobOf('f'), 'f')
  await replay([f!.id])
  const again = await getEvent({ ctx: ctx.viewer, id: f!.id })
  expect(again.earlier).toEqual([failed, expect.objectContaining({ state: 'transferred' })])
})

test('what arrived by a move is not replayed, whatever its template does now', async () => {
  const b = await ledger('b', 'b', { operation: 'move' })
  await b.record(happening('f'))
  await b.gather()
  await arrive(await b.jobOf('f'), 'f')
  const id = (await b.rows())[0]!.id
  await updateTemplate({ ctx: ctx.operator, id: b.templateId, input: { operation: 'copy' } })
  for (const dryRun of [true, false]) {
    expect(await replay([id], dryRun)).toEqual({
      ...{ replayed: [], jobs: 0 },
      refused: [{ id, reason: expect.stringMatching(/arrived by a move/) }],
    })
  }
  expect(await b.fates()).toEqual(['f transferred'])
})

const idle = (path: string, key = path) => happening(path, { key, ignored: 'It was of no use.' })

test('a replay says how many jobs it makes, and makes so many', async () => {
  const c = await ledger('c', 'c', { gather: { most: 2 } })
  await c.record(happening('3', { key: 'on its way' }))
  await c.gather()
  const first = await c.jobOf('3')
  await c.record(...['1', '2', '3', '4', '5'].map((path) => idle(path)), idle('1', 'newer'))
  const ids = (await c.rows()).filter(({ state }) => state === 'ignored').map(({ id }) => id)
  // Two and two; the newer version and the one of which an older is on its way wait for a third.
  expect(await replay(ids, true)).toEqual({ replayed: ids, refused: [], jobs: 3 })
  await replay(ids)
  const made = new Set<string>()
  for (let round = 0; round < 2; round += 1) {
    while ((await c.gather()) > 0);
    for (const id of new Set((await c.rows()).flatMap(({ jobId }) => jobId ?? []))) {
      const held = await stage.claim(id)
      if (held) await stage.end(held, { kind: 'completed' })
      made.add(id)
    }
  }
  expect((await c.rows()).every(({ state }) => state === 'transferred')).toBe(true)
  expect(made.has(first)).toBe(true)
  expect(made.size - 1).toBe(3)
})

test('a sync answers all that is replayed in one job', async () => {
  const d = await ledger('d', 'd', { operation: 'sync', gather: { most: 2 } })
  await d.record(idle('1'), idle('2'), idle('3'))
  const ids = (await d.rows()).map(({ id }) => id)
  expect(await replay(ids, true)).toMatchObject({ jobs: 1 })
  await replay(ids)
  expect(await d.gather()).toBe(3)
})
