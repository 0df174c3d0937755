import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { readNeeds } from '#lib/overview/needs.ts'
import { checkFirings } from '#lib/schedules/check-firings.ts'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { findSchedule, listSchedules, previewSchedule } from '#lib/schedules/schedule-views.ts'
import { seeFirings } from '#lib/schedules/see-firings.ts'
import { getTemplate, listTemplates } from '#lib/templates/queries.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import {
  backdate,
  firingsOf,
  messagesOf,
  runsOf,
  type Scheduled,
  scheduled,
  triggerOf,
} from '#tests/support/schedules.ts'
import { startWatchdog } from '#workers/schedules/watchdog.ts'

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.agent
const HOUR = 3600
/** Longer than what counts as late. */
const LATE = 90

const fireAll = async () => {
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
}
const states = async ({ triggerId }: Scheduled) =>
  (await firingsOf(database, triggerId)).map(({ state }) => state)
const raised = async () => {
  const { items } = await readNeeds({ ctx: depot.ctx.viewer })
  return items.flatMap((need) => (need.kind === 'firing' ? [need.firing] : []))
}
const loseMessages = ({ triggerId }: Scheduled) =>
  database.sql`delete from pgboss.job where name = 'firings' and data->>'triggerId' = ${triggerId}`

test('where all is well it says nothing, and remembers how far it has looked', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR })
  await backdate(database, one.triggerId, HOUR + 5)
  await fireAll()
  await backdate(database, one.triggerId, LATE)
  const before = await triggerOf(database, one.triggerId)
  expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 0 })
  expect(await states(one)).toEqual(['fired'])
  const { checkedUntil } = await triggerOf(database, one.triggerId)
  expect(checkedUntil.getTime()).toBeGreaterThan(before.checkedUntil.getTime())
})

describe('a message that is lost', () => {
  test('before it was due: it is sent again', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR })
    const due = await messagesOf(database, one.triggerId)
    await loseMessages(one)
    expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 1 })
    expect(await messagesOf(database, one.triggerId)).toEqual(due)
    expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 0 })
  })

  test('what was due meanwhile is missed, raised, and made up for once', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, missed: 'once' })
    await backdate(database, one.triggerId, 3 * HOUR + LATE)
    await loseMessages(one)
    expect(await checkFirings({ ctx })).toEqual({ missing: 3, planned: 1 })
    expect(await states(one)).toEqual(['missed', 'missed', 'missed'])
    expect(await raised()).toMatchObject([
      {
        ...{ triggerId: one.triggerId, template: one.name, state: 'missed', more: 2 },
        reason: expect.stringContaining('Run the template now'),
      },
    ])
    await fireAll()
    expect(await states(one)).toEqual(['missed', 'missed', 'fired'])
    expect(await runsOf(database, one.templateId)).toHaveLength(1)
    // A later one has fired.
    expect(await raised()).toEqual([])
    expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 0 })
    expect(await messagesOf(database, one.triggerId)).toHaveLength(1)
  })

  test('all: each is made up for', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, missed: 'all' })
    await backdate(database, one.triggerId, 3 * HOUR + LATE)
    await loseMessages(one)
    await checkFirings({ ctx })
    await fireAll()
    expect(await states(one)).toEqual(['fired', 'fired', 'fired'])
    expect(await runsOf(database, one.templateId)).toHaveLength(3)
  })

  test('skip: it stays missed until somebody has seen it, or a later one has fired', async () => {
    const [one, other] = [
      await scheduled(depot, { everySeconds: HOUR, missed: 'skip' }),
      await scheduled(depot, { everySeconds: HOUR, missed: 'skip' }),
    ]
    for (const schedule of [one, other]) {
      await backdate(database, schedule.triggerId, HOUR + LATE)
      await loseMessages(schedule)
    }
    expect(await checkFirings({ ctx })).toEqual({ missing: 2, planned: 2 })
    await fireAll()
    expect([await states(one), await states(other)]).toEqual([['missed'], ['missed']])
    expect(await raised()).toHaveLength(2)
    await seeFirings({ ctx: depot.ctx.operator, id: one.triggerId })
    expect((await raised()).map(({ triggerId }) => triggerId)).toEqual([other.triggerId])
    await backdate(database, other.triggerId, HOUR - LATE)
    await fireAll()
    expect(await states(other)).toEqual(['missed', 'fired'])
    expect(await raised()).toEqual([])
    await expect(seeFirings({ ctx: depot.ctx.viewer, id: one.triggerId })).rejects.toThrow(/operator/)
  })

  test('and with it the plan: a row that waits for nothing is planned again', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR })
    await loseMessages(one)
    await database.db.execute(sql`update triggers set next_due_at = null where id = ${one.triggerId}`)
    expect(await checkFirings({ ctx })).toEqual({ missing: 0, planned: 1 })
    const { nextDueAt } = await triggerOf(database, one.triggerId)
    expect(await messagesOf(database, one.triggerId)).toEqual([nextDueAt!.toISOString()])
  })

  test('a queue that loses whatever is sent: everything is found missing, and the schedule goes on after it', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR, missed: 'skip' })
    await loseMessages(one)
    await database.sql.unsafe(`
      create function lose_it() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger lose_it before insert on pgboss.job for each row
        when (new.name = 'firings' and new.data->>'triggerId' = '${one.triggerId}') execute function lose_it()`)
    for (let n = 1; n <= 3; n += 1) {
      await backdate(database, one.triggerId, HOUR + (n === 1 ? LATE : 0))
      await fireAll()
      expect((await checkFirings({ ctx })).missing).toBe(1)
      expect(await states(one)).toEqual(Array(n).fill('missed'))
    }
    await database.sql.unsafe('drop function lose_it cascade')
    await checkFirings({ ctx })
    await fireAll()
    await backdate(database, one.triggerId, HOUR - LATE)
    await fireAll()
    expect(await states(one)).toEqual(['missed', 'missed', 'missed', 'fired'])
  })
})

test('one whose message nobody takes is found by what is written, and fires when somebody does', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR, missed: 'once' })
  await backdate(database, one.triggerId, HOUR + LATE)
  expect(await checkFirings({ ctx })).toEqual({ missing: 1, planned: 0 })
  expect(await states(one)).toEqual(['missed'])
  await fireAll()
  expect(await states(one)).toEqual(['fired'])
  expect(await runsOf(database, one.templateId)).toHaveLength(1)
})

test('in a worker it first lets whoever fires catch up', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR, missed: 'skip' })
  await backdate(database, one.triggerId, HOUR + LATE)
  await loseMessages(one)
  const lateMs = 1500
  const began = performance.now()
  const stop = startWatchdog(ctx, { everyMs: 100, lateMs })
  await eventually('it has found it', async () => (await states(one)).length > 0)
  expect(performance.now() - began).toBeGreaterThanOrEqual(lateMs)
  stop()
  expect(await states(one)).toEqual(['missed'])
  await eventually(
    'it is planned again',
    async () => (await messagesOf(database, one.triggerId)).length === 1,
  )
  await fireAll()
  await seeFirings({ ctx: depot.ctx.operator, id: one.triggerId })
})

test('two that look at once find each missing firing once', async () => {
  const one = await scheduled(depot, { everySeconds: HOUR, missed: 'skip' })
  await backdate(database, one.triggerId, 2 * HOUR + LATE)
  await loseMessages(one)
  const found = await Promise.all([checkFirings({ ctx }), checkFirings({ ctx }), checkFirings({ ctx })])
  expect(found.reduce((sum, { missing }) => sum + missing, 0)).toBe(2)
  expect(found.reduce((sum, { planned }) => sum + planned, 0)).toBe(1)
  await seeFirings({ ctx: depot.ctx.operator, id: one.triggerId })
})

test('what was due while a template was off, or before it was changed, is not missed', async () => {
  const one = await scheduled(depot, { cron: '* * * * *', timeZone: 'Europe/Berlin' })
  const by = { ctx: depot.ctx.operator, id: one.templateId }
  await updateTemplate({ ...by, input: { enabled: false } })
  await backdate(database, one.triggerId, 600)
  expect((await checkFirings({ ctx })).missing).toBe(0)
  await updateTemplate({ ...by, input: { enabled: true } })
  expect((await checkFirings({ ctx })).missing).toBe(0)
  await database.db.execute(
    sql`update triggers set checked_until = now() - interval '10 minutes' where id = ${one.triggerId}`,
  )
  const changed = [{ type: 'schedule', id: one.triggerId, cron: '*/2 * * * *', timeZone: 'Asia/Kolkata' }]
  await updateTemplate({ ...by, input: { triggers: changed } })
  expect((await checkFirings({ ctx })).missing).toBe(0)
  expect(await firingsOf(database, one.triggerId)).toEqual([])
})

describe('as clients see it', () => {
  test('a schedule in words, with what comes next and what came last', async () => {
    const one = await scheduled(depot, { everySeconds: HOUR })
    await backdate(database, one.triggerId, HOUR)
    await fireAll()
    const view = await findSchedule(database.db, depot.ctx.viewer.actor, one.triggerId)
    expect(view).toMatchObject({ template: { name: one.name, enabled: true }, sentence: 'Every hour' })
    expect(view.last).toMatchObject({ state: 'fired', jobState: 'queued' })
    expect(view.next).toHaveLength(10)
    expect(new Date(view.next[0]!)).toEqual((await triggerOf(database, one.triggerId)).nextDueAt)
    const { items } = await listSchedules({
      ctx: depot.ctx.viewer,
      input: { templateId: one.templateId },
    })
    expect(items).toEqual([view])
  })

  test('a ping URL, which often holds a secret, in full to those alone who may change it', async () => {
    const pingUrl = 'https://hooks.example:8443/ping/3f1c-secret?key=s'
    const { templateId, triggerId } = await scheduled(depot, { everySeconds: HOUR, pingUrl })
    for (const [who, shown] of [
      ['operator', pingUrl],
      ['operatorKey', pingUrl],
      ['viewer', 'https://hooks.example:8443/…'],
      ['viewerKey', 'https://hooks.example:8443/…'],
    ] as const) {
      const own = depot.ctx[who]
      const template = await getTemplate({ ctx: own, id: templateId })
      const { items } = await listTemplates({ ctx: own, input: { limit: 200 } })
      const schedules = await listSchedules({ ctx: own, input: { templateId } })
      expect(template.triggers).toMatchObject([{ id: triggerId, pingUrl: shown }])
      expect(items.find(({ id }) => id === templateId)!.triggers).toMatchObject([{ pingUrl: shown }])
      expect(schedules.items).toMatchObject([{ settings: { pingUrl: shown } }])
    }
  })

  test('a preview', async () => {
    const said = previewSchedule({
      ctx: depot.ctx.viewer,
      input: { cron: '@daily', timeZone: 'Asia/Kolkata' },
    })
    expect(said.sentence).toBe('At 00:00 (Asia/Kolkata)')
    expect(said.next).toHaveLength(10)
    expect(said.next.every((at) => at.endsWith('T18:30:00.000Z'))).toBe(true)
    expect(() => previewSchedule({ ctx: depot.ctx.viewer, input: { cron: '0 0 30 2 *' } })).toThrow(
      /never comes/,
    )
  })
})
