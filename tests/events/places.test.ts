import { eq, sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { places } from '#lib/db/schema/places.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { replayEvents } from '#lib/events/replay-events.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { claimPlaces } from '#lib/places/claim-places.ts'
import { forgetCopied, forgetPlaces } from '#lib/places/forget-places.ts'
import { beginAnew } from '#lib/templates/begin-anew.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { dueNow, fileEnd, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage
const { db } = stage.database
const ledger = openLedger(stage)

/** Runs the job that took this file, as if rclone had brought it. */
async function arrive(jobId: string, ...paths: string[]) {
  const held = (await stage.claim(jobId))!
  await stage.end(held, { kind: 'completed' }, { files: paths.map((path) => fileEnd(path)) })
}

async function fail(jobId: string) {
  const held = (await stage.claim(jobId))!
  await stage.end(held, { kind: 'failed', cause: 'permission', message: 'Refused.' })
}

const replay = (...ids: string[]) => replayEvents({ ctx: ctx.operator, input: { ids } })

test('of two files that go to one place in two jobs, the second is told and not written over the first', async () => {
  const a = await ledger('a', '{year}/{filename}', { operation: 'move' })
  await a.record(happening('day1/a5.mov'))
  await a.gather()
  // While the first is on its way, and when it has arrived.
  await a.record(happening('day2/a5.mov'))
  await a.gather()
  await arrive(await a.jobOf('day1/a5.mov'), 'day1/a5.mov')
  await a.record(happening('day3/a5.mov'), happening('day3/b.mov'))
  await a.gather()
  expect(await a.fates()).toEqual([
    ...['day1/a5.mov transferred', 'day2/a5.mov dead', 'day3/a5.mov dead', 'day3/b.mov pending'],
  ])
  const rows = await a.rows()
  expect(rows[1]!.reason).toMatch(/^day1\/a5\.mov goes to the same place, 2026\/a5\.mov, .* \{path\}/)
  expect(rows[2]!.reason).toBe(rows[1]!.reason)

  // A new version of the same file may take the place of the old one.
  await a.record(happening('day1/a5.mov', { key: 'second', kind: 'changed' }))
  await a.gather()
  await arrive(await a.jobOf('day1/a5.mov'), 'day1/a5.mov')
  // Replayed, neither is written over the other.
  await replay(rows[1]!.id, rows[2]!.id)
  await a.gather()
  expect(await a.fates()).toEqual([
    ...['day1/a5.mov transferred', 'day2/a5.mov dead', 'day3/a5.mov dead', 'day3/b.mov pending'],
    'day1/a5.mov transferred',
  ])
  // With a place of its own it goes there.
  await updateTemplate({
    ctx: ctx.operator,
    id: a.templateId,
    input: { destinations: [{ endpointId: stage.destination.id, path: '{year}/{path}/{filename}' }] },
  })
  await replay(rows[1]!.id)
  await a.gather()
  expect((await a.rows())[1]).toMatchObject({ state: 'pending', destinationPath: '2026/day2/a5.mov' })
})

test('a file that failed does not come back to a place that another has got', async () => {
  const b = await ledger('b', '{filename}')
  await b.record(happening('1/f'), happening('1/g'))
  await b.gather()
  const first = await b.jobOf('1/f')
  await fail(first)
  await b.record(happening('2/f'))
  await b.gather()
  await arrive(await b.jobOf('2/f'), '2/f')
  await retryJob({ ctx: ctx.operator, id: first })
  expect(await b.fates()).toEqual(['1/f dead', '1/g pending', '2/f transferred'])
  expect((await stage.claim(first))!.pairs?.map(({ source }) => source)).toEqual(['1/g'])
})

test('a replayed copy keeps the place that it had, even when it fails this time', async () => {
  const c = await ledger('c', '{filename}')
  await c.record(happening('1/f'))
  await c.gather()
  await arrive(await c.jobOf('1/f'), '1/f')
  await replay((await c.rows())[0]!.id)
  await c.gather()
  await fail(await c.jobOf('1/f'))
  await c.record(happening('2/f'))
  await c.gather()
  expect(await c.fates()).toEqual(['1/f failed', '2/f dead'])
})

test('a run has the places that no other file has, until it is known that its own have not come there', async () => {
  const { templateId } = await ledger('runs', 'runs/{filename}', { operation: 'move', triggers: [] })
  const begin = async () => {
    const { id } = await runTemplate({ ctx: ctx.operator, id: templateId, input: {} })
    return (await stage.claim(id))!
  }
  const claim = async (held: Assignment, ...sources: string[]) => {
    const pairs = sources.map((source) => ({ source, destination: `runs/${source.split('/').at(-1)}` }))
    const refused = await claimPlaces({ ctx: ctx.agent, claim: { ...held, pairs, caseBlind: false } })
    return refused.map(({ source }) => source)
  }
  const failure = { kind: 'failed', cause: 'permission', message: 'Refused.' } as const
  const lost = { state: 'failed', action: 'moved', cause: 'permission', message: 'Refused.' } as const
  const first = await begin()
  expect(await claim(first, '1/f', '2/f', '1/g', '1/h')).toEqual(['2/f'])
  // Another that runs meanwhile, and the next attempt of the same.
  const second = await begin()
  expect(await claim(second, '2/f', '2/i')).toEqual(['2/f'])
  await stage.end(second, failure, { files: [fileEnd('2/i', lost)] })
  await stage.end(first, failure, { files: [fileEnd('1/f'), fileEnd('1/g', lost), fileEnd('1/h', lost)] })
  await retryJob({ ctx: ctx.operator, id: first.jobId })
  const again = (await stage.claim(first.jobId))!
  expect(await claim(again, '1/h', '2/f')).toEqual(['2/f'])
  // What its worker cannot say may be there.
  await stage.end(again, { kind: 'interrupted', cause: 'rclone_died', message: 'It died.' })
  await cancelJob({ ctx: ctx.operator, id: first.jobId })
  const third = await begin()
  expect(await claim(third, '3/f', '3/g', '3/h', '3/i')).toEqual(['3/f', '3/g', '3/h'])
  expect(await claim(third, '1/f')).toEqual([])
  await stage.end(third, failure, { files: [fileEnd('1/f', lost)] })
  const fourth = await begin()
  expect(await claim(fourth, '2/f', '2/i')).toEqual(['2/f'])
  expect(await claim({ ...fourth, epoch: fourth.epoch - 1 }, '1/f')).toEqual(['1/f'])
})

test('the places of a deleted template are forgotten, and those of copies with their month', async () => {
  const copied = await ledger('copied', 'c/{filename}')
  const moved = await ledger('moved', 'm/{filename}', { operation: 'move' })
  for (const { record, gather } of [copied, moved]) {
    await record(happening('1/f'))
    await gather()
  }
  const left = ({ templateId }: typeof moved) => db.$count(places, eq(places.templateId, templateId))
  await forgetCopied(db, new Date().toISOString().slice(0, 7))
  expect([await left(copied), await left(moved)]).toEqual([0, 1])
  await deleteTemplate({ ctx: ctx.operator, id: moved.templateId })
  await forgetPlaces({ ctx: ctx.agent })
  expect(await left(moved)).toBe(1)
  const longAgo = { deletedAt: sql`now() - interval '1 hour'` }
  await db.update(templates).set(longAgo).where(eq(templates.id, moved.templateId))
  // Its job may be begun again.
  await forgetPlaces({ ctx: ctx.agent })
  expect(await left(moved)).toBe(1)
  await db.delete(jobs).where(eq(jobs.templateId, moved.templateId))
  await forgetPlaces({ ctx: ctx.agent })
  expect(await left(moved)).toBe(0)
})

test('another destination has other places', async () => {
  const d = await ledger('d', '{filename}')
  await d.record(happening('1/f'))
  await d.gather()
  await arrive(await d.jobOf('1/f'), '1/f')
  const input = { name: 'elsewhere', type: 'local', path: '/srv/elsewhere' }
  const elsewhere = await createEndpoint({ ctx: ctx.owner, input })
  await updateTemplate({
    ctx: ctx.operator,
    id: d.templateId,
    input: { destinations: [{ endpointId: elsewhere.id, path: '{filename}' }] },
  })
  await d.record(happening('2/f'))
  await d.gather()
  expect(await d.fates()).toEqual(['1/f transferred', '2/f pending'])
})

test('a file of the same path from where the source leads now is another one, where the first was moved', async () => {
  const f = await ledger('cards', '{filename}', { operation: 'move' })
  await f.record(happening('1/f'))
  await f.gather()
  await arrive(await f.jobOf('1/f'), '1/f')
  await db.transaction((tx) => beginAnew(tx, [f.templateId]))
  await f.record(happening('1/f', { key: 'of the other card' }))
  await f.gather()
  expect(await f.fates()).toEqual(['1/f transferred', '1/f dead'])
})

test('a move that a lost attempt may have done keeps its place, whatever the next one says of the file', async () => {
  const g = await ledger('untold', '{filename}', { operation: 'move' })
  await g.record(happening('1/f'))
  await g.gather()
  const jobId = await g.jobOf('1/f')
  await stage.end((await stage.claim(jobId))!, {
    kind: 'interrupted',
    cause: 'rclone_died',
    message: 'It died.',
  })
  await dueNow(stage, jobId)
  const gone = fileEnd('1/f', { state: 'failed', action: 'moved', cause: 'source_missing', message: 'Gone.' })
  const end = { kind: 'failed', cause: 'permission', message: 'Refused.' } as const
  await stage.end((await stage.claim(jobId))!, end, { files: [gone] })
  await g.record(happening('2/f'))
  await g.gather()
  expect(await g.fates()).toEqual(['1/f failed', '2/f dead'])
})

test('no place lies inside the source, whatever its variables become', async () => {
  const inSource = { endpointId: stage.source.id, path: '2026' }
  const e = await ledger('e', '', {
    source: inSource,
    destinations: [{ endpointId: stage.source.id, path: '{year}/copies/' }],
  })
  await e.record(
    happening('a'),
    happening('b', { occurredAt: new Date('2025-03-01T00:00:00Z') }),
    happening('copies/a'),
  )
  await e.gather()
  expect(await e.fates()).toEqual(['a dead', 'b pending', 'copies/a dead'])
  expect((await e.rows())[0]!.reason).toMatch(/2026\/copies\/a, lies inside the source/)
  // The same by another endpoint of the same folder.
  const again = await createEndpoint({
    ctx: ctx.owner,
    input: { name: 'above', type: 'local', path: '/srv' },
  })
  const f = await ledger('f', '', {
    source: inSource,
    destinations: [{ endpointId: again.id, path: 'in/{year}/copies/' }],
  })
  await f.record(happening('a'))
  await f.gather()
  expect(await f.fates()).toEqual(['a dead'])
})
