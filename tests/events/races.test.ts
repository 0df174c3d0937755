import { eq, sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { OTHER_SOURCE } from '#lib/events/gather-events.ts'
import { recordIn } from '#lib/events/record-events.ts'
import { readFed } from '#lib/s3-events/find-queues.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { tellFiles, WatchOverError } from '#lib/watches/tell-files.ts'
import { eventually } from '#tests/start/processes.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const { db } = database
const ledger = openLedger(stage)

/** Resolves when so many wait for somebody's lock. */
const waiting = (count: number) =>
  eventually(`${count} wait for a lock`, async () => {
    const rows = await db.execute(sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
    return rows.length === count
  })

/** Holds a template as who changes it does, lets these begin one after the other, and then lets go. */
async function atOnce<T extends unknown[]>(
  templateId: string,
  ...begin: { [K in keyof T]: () => Promise<T[K]> }
): Promise<PromiseSettledResult<unknown>[]> {
  const begun: Promise<unknown>[] = []
  await db.transaction(async (tx) => {
    await tx.select().from(templates).where(eq(templates.id, templateId)).for('update')
    for (const [at, one] of begin.entries()) {
      begun.push(one())
      await waiting(at + 1)
    }
  })
  return Promise.allSettled(begun)
}

const change = (id: string, input: object) => () => updateTemplate({ ctx: ctx.operator, id, input })
const sourceAt = (path: string) => ({ source: { endpointId: stage.source.id, path } })
const destinationAt = (endpointId: string, path: string) => ({ destinations: [{ endpointId, path }] })
const rowOf = async (id: string) => (await db.select().from(templates).where(eq(templates.id, id)))[0]!

test('a switch while an edit is saved takes nothing of it back', async () => {
  const { templateId } = await ledger('a', 'out')
  await atOnce(templateId, change(templateId, sourceAt('elsewhere')), change(templateId, { enabled: false }))
  expect(await rowOf(templateId)).toMatchObject({ sourcePath: 'elsewhere', enabled: false })
})

test('two edits that are right alone do not make one that is wrong together', async () => {
  const { templateId } = await ledger('b', 'out')
  const ends = await atOnce(
    templateId,
    change(templateId, sourceAt('x')),
    change(templateId, destinationAt(stage.source.id, 'x/y')),
  )
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(await rowOf(templateId)).toMatchObject({
    sourcePath: 'x',
    destinationEndpointId: stage.destination.id,
  })
})

test('an edit while it is deleted adds no trigger to what is gone', async () => {
  const { templateId } = await ledger('c', 'out')
  const ends = await atOnce(
    templateId,
    () => deleteTemplate({ ctx: ctx.operator, id: templateId }),
    change(templateId, { triggers: [{ type: 'watch' }] }),
  )
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  const own = await db.select().from(triggers).where(eq(triggers.templateId, templateId))
  expect(own.filter(({ deletedAt }) => deletedAt === null)).toEqual([])
})

test('an event that is written while the source changes is one of the old source', async () => {
  const d = await ledger('d', 'out')
  let changed: Promise<unknown> | undefined
  await db.transaction(async (tx) => {
    await recordIn(tx, d.triggerId, [happening('before')])
    changed = change(d.templateId, sourceAt('d2'))()
    await waiting(1)
    await recordIn(tx, d.triggerId, [happening('still before')])
  })
  await changed
  await d.record(happening('after'))
  await d.gather()
  const rows = await d.rows()
  expect(rows.map(({ path, reason, jobId }) => [path, reason, jobId !== null])).toEqual([
    ['before', OTHER_SOURCE, false],
    ['still before', OTHER_SOURCE, false],
    ['after', null, true],
  ])
})

test('what a watch has seen while the source changes is not told of the new one', async () => {
  const e = await ledger('e', 'out')
  const [trigger] = await db.select().from(triggers).where(eq(triggers.id, e.triggerId))
  const seen = [{ folder: '', name: 'f', mark: '1:1:', size: 1, at: new Date() }]
  const told = { triggerId: e.triggerId, since: trigger!.since, seen, gone: [], tellGone: false }
  let telling: Promise<unknown> | undefined
  // The edit has written all of it, and is not committed.
  await db.transaction(async (tx) => {
    await updateTemplate({
      ctx: { ...ctx.operator, db: tx as unknown as typeof db },
      id: e.templateId,
      input: sourceAt('e2'),
    })
    telling = db.transaction((other) => tellFiles(other, told))
    telling.catch(() => {})
    await waiting(1)
  })
  await expect(telling).rejects.toBeInstanceOf(WatchOverError)
  expect(await e.rows()).toEqual([])
})

test('a message that is written while the source changes is placed by the one that is committed', async () => {
  const endpointId = stage.source.id
  const f = await ledger('f', 'out')
  const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/1/q'
  const settings = {
    ...{ type: 's3' as const, queueUrl, region: 'eu-central-1', kinds: ['created' as const] },
    ...{ listEveryMinutes: 0, settings: {} },
  }
  await db.update(triggers).set({ type: 's3', settings }).where(eq(triggers.id, f.triggerId))
  const fed = () => db.transaction((tx) => readFed(tx, { agentId: ctx.agent.actor.id, queue: `${queueUrl}` }))
  let reading: ReturnType<typeof fed> | undefined
  await db.transaction(async (tx) => {
    await tx.select().from(templates).where(eq(templates.id, f.templateId)).for('update')
    await tx
      .update(templates)
      .set({ sourceEndpointId: endpointId, sourcePath: 'f2' })
      .where(eq(templates.id, f.templateId))
    reading = fed()
    await waiting(1)
  })
  expect((await reading!).map(({ prefix }) => prefix)).toEqual(['srv/in/f2'])
})
