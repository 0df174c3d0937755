import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { exportEvents } from '#lib/events/export-events.ts'
import { listEvents, summarizeEvents } from '#lib/events/queries.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { openDepot } from '#tests/support/depot.ts'

// A ledger that has grown: what a page costs is bounded, and all of it can be reached.

const depot = await openDepot()
const { database, ctx } = depot
const MANY = 21_000

async function watched(name: string) {
  const template = await createTemplate({
    ctx: ctx.operator,
    input: {
      ...{ name, operation: 'copy', source: { endpointId: depot.source.id, path: name } },
      ...{ destinations: [{ endpointId: depot.destination.id, path: name }], triggers: [{ type: 'watch' }] },
    },
  })
  return { templateId: template.id, triggerId: template.triggers[0]!.id }
}

/** `count` events of the template, a second apart, the newest a second ago: every thousandth dead, every other ignored. */
async function fill({ templateId, triggerId }: { templateId: string; triggerId: string }, count: number) {
  await database.db.execute(sql`
    insert into events (id, template_id, trigger_id, source, kind, path, state, reason, occurred_at, received_at, settled_at)
    select uuidv7_floor(now() - make_interval(secs => n)), ${templateId}::uuid, ${triggerId}::uuid, 'watch', 'created',
      'f' || n, case when n % 1000 = 0 then 'dead' when n % 2 = 0 then 'ignored' else 'transferred' end, 'Why.',
      now(), now() - make_interval(secs => n), now()
    from generate_series(1, ${count}::int) n`)
}

async function pages(input: object): Promise<string[][]> {
  const found: string[][] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listEvents>> = await listEvents({
      ctx: ctx.viewer,
      input: { limit: 100, ...input, ...(cursor && { cursor }) },
    })
    found.push(page.items.map(({ path }) => path))
    cursor = page.nextCursor
  } while (cursor)
  return found
}

const busy = await watched('busy')
const calm = await watched('calm')
await fill(calm, 30)
await fill(busy, MANY)

test('a search goes back a bounded way a page, and reaches the end', async () => {
  const [first, second, ...more] = await pages({ templateId: busy.templateId, q: `f${MANY}` })
  expect([first, second, more]).toEqual([[], [`f${MANY}`], []])
  expect(await pages({ templateId: calm.templateId, q: 'f30' })).toEqual([['f30']])
})

test('several fates of a template come in one order, page after page', async () => {
  const found = (await pages({ templateId: calm.templateId, limit: 7 })).flat()
  expect(found).toEqual(Array.from({ length: 30 }, (_, n) => `f${n + 1}`))
  const both = await pages({ templateId: busy.templateId, state: 'dead,ignored', limit: 200 })
  expect(both.flat()).toEqual(Array.from({ length: MANY / 2 }, (_, n) => `f${2 * (n + 1)}`))
  const dead = await pages({ state: 'dead' })
  expect(dead.flat()).toEqual(Array.from({ length: MANY / 1000 }, (_, n) => `f${1000 * (n + 1)}`))
})

test('a time narrows the list and the export, down to what is older than the newest', async () => {
  const { items } = await listEvents({
    ctx: ctx.viewer,
    input: { templateId: calm.templateId, limit: 30 },
  })
  const at = (n: number) => new Date(Date.parse(items[n - 1]!.receivedAt) + 500).toISOString()
  const window = { templateId: calm.templateId, since: at(20), until: at(10) }
  const inside = Array.from({ length: 10 }, (_, n) => `f${n + 10}`)
  expect((await pages(window)).flat()).toEqual(inside)
  let csv = ''
  for await (const piece of await exportEvents({ ctx: ctx.viewer, input: { ...window, format: 'csv' } })) {
    csv += piece
  }
  expect(csv.match(/(?<=,calm,)f\d+/g)).toEqual(inside)
  const [today, tomorrow] = [0, 1].map((days) =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
  )
  expect((await pages({ templateId: calm.templateId, until: today })).flat()).toHaveLength(30)
  expect((await pages({ templateId: calm.templateId, since: tomorrow })).flat()).toEqual([])
  await expect(listEvents({ ctx: ctx.viewer, input: { since: 'yesterday' } })).rejects.toThrow()
})

test('what was received lately is counted up to a bound, and said so', async () => {
  const counted = (templateId: string) =>
    summarizeEvents({ ctx: ctx.viewer, input: { within: '24h', templateId } })
  expect(await counted(busy.templateId)).toMatchObject({ received: 20_000, dead: 20, more: true })
  const few = await counted(calm.templateId)
  expect([few.received, few.more]).toEqual([30, undefined])
})

test('the kept counts are those of the rows, whatever month and millisecond they came in', async () => {
  const turn = sql`date_trunc('month', now(), 'UTC')`
  await database.db.execute(sql`
    insert into events (id, template_id, trigger_id, source, kind, path, state, occurred_at)
    select uuidv7_floor(${turn} + make_interval(secs => (n - 50) / 1000.0)), ${calm.templateId}::uuid, ${calm.triggerId}::uuid, 'watch', 'created', 'turn' || n, 'pending', now()
    from generate_series(1, 100) n`)
  await database.db.execute(sql`update events set job_id = template_id where path like 'turn%'`)
  await database.db.execute(sql`
    update events set state = 'transferred', settled_at = now() where path like 'turn%' and path < 'turn50'`)
  await database.db.execute(sql`delete from events where path like 'turn9%'`)
  const kept = await database.sql`
    select month, state, sum(count)::int as count from event_counts where template_id = ${calm.templateId}
    group by 1, 2 having sum(count) <> 0 order by 1, 2`
  const rows = await database.sql`
    select month_of(id) as month, state, count(*)::int as count from events where template_id = ${calm.templateId}
    group by 1, 2 order by 1, 2`
  expect([...kept]).toEqual([...rows])
  expect(new Set(rows.map(({ month }) => month as string)).size).toBeGreaterThan(1)
})
