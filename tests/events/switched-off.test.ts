import { afterAll, expect, test } from 'vitest'
import { replayEvents } from '#lib/events/replay-events.ts'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { releaseWaiting } from '#lib/schedules/release-waiting.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { backdate, runsOf, scheduled } from '#tests/support/schedules.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const ledger = openLedger(stage)
const turn = (id: string, enabled: boolean) => updateTemplate({ ctx: ctx.operator, id, input: { enabled } })

test('what waits when its template is switched off makes no job, and can be replayed by a person', async () => {
  const a = await ledger('a', 'out')
  await a.record(happening('taken'))
  await a.gather()
  await a.record(happening('waits'))
  await turn(a.templateId, false)
  await a.record(happening('late'))
  expect(await a.gather()).toBe(0)
  const [taken, waits, late] = await a.rows()
  expect(taken).toMatchObject({ state: 'pending', jobId: expect.any(String) })
  expect(waits).toMatchObject({ state: 'ignored', reason: expect.stringMatching(/switched off before/) })
  expect(late).toMatchObject({ state: 'ignored', reason: 'The template was off.' })
  await replayEvents({ ctx: ctx.operator, input: { ids: [waits!.id] } })
  expect(await a.gather()).toBe(1)
  // Switching it on again brings back nothing by itself.
  await turn(a.templateId, true)
  expect(await a.gather()).toBe(0)
})

test.each([
  ['switched off', (id: string) => turn(id, false)],
  ['deleted', (id: string) => deleteTemplate({ ctx: ctx.operator, id })],
])('runs of a schedule that wait for their turn end when the template is %s', async (_, stop) => {
  const one = await scheduled(stage, { everySeconds: 3600, missed: 'all' })
  await backdate(database, one.triggerId, 3600 * 5)
  while ((await fireSchedules({ ctx: ctx.agent, most: 100 })) > 0);
  const states = async () => (await runsOf(database, one.templateId)).map(({ state }) => state)
  expect(await states()).toEqual(['queued', 'pending', 'pending', 'pending'])
  await stop(one.templateId)
  const [first] = await runsOf(database, one.templateId)
  await stage.end((await stage.claim(first!.id))!, { kind: 'completed' })
  expect(await releaseWaiting({ ctx: ctx.agent })).toBe(0)
  expect(await states()).toEqual(['completed', 'cancelled', 'cancelled', 'cancelled'])
})
