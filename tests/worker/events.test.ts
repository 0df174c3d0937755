import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { OTHER_SOURCE } from '#lib/events/gather-events.ts'
import { listEvents, summarizeEvents } from '#lib/events/queries.ts'
import { type Happening, recordEvents } from '#lib/events/record-events.ts'
import { replayEvents } from '#lib/events/replay-events.ts'
import { findUnaccounted } from '#lib/events/unaccounted.ts'
import { getJob } from '#lib/jobs/queries.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { ctx } = depot

const happening = (path: string, more: Partial<Happening> = {}): Happening => ({
  ...{ kind: 'created', path, size: 1, occurredAt: new Date('2026-03-01T23:30:00Z'), key: path },
  ...more,
})

async function watched(name: string, to: string, more: object = {}) {
  const template = await createTemplate({
    ctx: ctx.operator,
    input: {
      name,
      operation: 'copy',
      source: { endpointId: depot.source.id, path: name },
      destinations: [{ endpointId: depot.destination.id, path: to }],
      // Longer than this file takes: its events are written here, not by the watch itself.
      triggers: [{ type: 'watch', readyAfterSeconds: 3600 }],
      ...more,
    },
  })
  return { template, triggerId: template.triggers[0]?.id ?? '' }
}

const fates = (templateId: string) => summarizeEvents({ ctx: ctx.viewer, input: { templateId } })

test('events of one moment travel in one job, each to its own place, and are accounted for', async () => {
  const { template, triggerId } = await watched('a', 'a-out/{year}/{month}/{day}/', {
    pattern: '*.mov',
    timeZone: 'Europe/Berlin',
  })
  await plant(join(depot.in, 'a'), { 'x.mov': '1', 'deep/y.mov': '22', 'z.txt': '3' })
  const happenings = ['x.mov', 'deep/y.mov', 'z.txt', 'gone.mov'].map((path) => happening(path))
  const first = await recordEvents({ ctx: ctx.agent, triggerId, happenings })
  const again = await recordEvents({ ctx: ctx.agent, triggerId, happenings })
  expect([first, again]).toEqual([
    { recorded: 4, pending: 3 },
    { recorded: 0, pending: 0 },
  ])
  await eventually('all have a fate', async () => (await fates(template.id)).pending === 0)
  expect(await fates(template.id)).toEqual({
    ...{ received: 4, ignored: 1, transferred: 2, failed: 1, dead: 0, pending: 0, unaccounted: 0 },
  })
  // By event time in the template's zone, where it is a day later.
  expect(Object.keys(survey(join(depot.out, 'a-out'))).sort()).toEqual([
    '2026/03/02/deep/y.mov',
    '2026/03/02/x.mov',
  ])
  const { items } = await listEvents({ ctx: ctx.viewer, input: { templateId: template.id } })
  expect(items.map(({ path, state, reason }) => [path, state, reason])).toEqual([
    ['gone.mov', 'failed', expect.stringMatching(/not there|gone/)],
    ['z.txt', 'ignored', 'Its name does not match *.mov.'],
    ['deep/y.mov', 'transferred', null],
    ['x.mov', 'transferred', null],
  ])
  const jobIds = new Set(items.flatMap(({ jobId }) => jobId ?? []))
  expect(jobIds.size).toBe(1)
  const job = await getJob({ ctx: ctx.viewer, id: [...jobIds][0]! })
  expect(job).toMatchObject({ state: 'failed', files: 2, bytes: 3 })

  // The file is there now: replay says first what would run, then runs it.
  await writeFile(join(depot.in, 'a/gone.mov'), 'back')
  const failed = items.find(({ state }) => state === 'failed')!
  const dry = await replayEvents({ ctx: ctx.operator, input: { ids: [failed.id], dryRun: true } })
  expect(dry).toEqual({ replayed: [failed.id], refused: [], jobs: 1 })
  expect((await fates(template.id)).failed).toBe(1)
  await replayEvents({ ctx: ctx.operator, input: { ids: [failed.id] } })
  await eventually('it arrived', async () => (await fates(template.id)).transferred === 3)
})

test('a run means the files that match, where the variables place them', async () => {
  await plant(join(depot.in, 'b'), {
    'one.mov': '1',
    'deep/two.mov': '2',
    'no.txt': '3',
    'deep/one.mov': '4',
  })
  const { template } = await watched('b', 'b-out/{run.date:yyyyMMdd}-{name}.{ext}', {
    pattern: '*.mov',
    triggers: [],
  })
  const job = await runTemplate({ ctx: ctx.operator, id: template.id, input: { at: '2025-12-31T12:00:00Z' } })
  const row = await whenEnded(depot.database, job.id)
  // deep/one.mov would land on one.mov: it is told, not written over it.
  expect(row).toMatchObject({ state: 'failed', errorCause: 'files_blocked', files: 2, attempt: 1 })
  expect(Object.keys(survey(join(depot.out, 'b-out'))).sort()).toEqual([
    '20251231-one.mov',
    '20251231-two.mov',
  ])
})

test('two moves to one place in two jobs lose no file', async () => {
  const { template, triggerId } = await watched('two', 'two-out/{year}/{filename}', { operation: 'move' })
  await plant(join(depot.in, 'two'), { 'day1/a5.mov': 'first', 'day2/a5.mov': 'second' })
  const tell = (path: string) => recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening(path)] })
  await tell('day1/a5.mov')
  await eventually('the first arrived', async () => (await fates(template.id)).transferred === 1)
  await tell('day2/a5.mov')
  await eventually('the second has a fate', async () => (await fates(template.id)).pending === 0)
  expect(await fates(template.id)).toMatchObject({ transferred: 1, dead: 1 })
  expect(await readFile(join(depot.out, 'two-out/2026/a5.mov'), 'utf8')).toBe('first')
  expect(await readFile(join(depot.in, 'two/day2/a5.mov'), 'utf8')).toBe('second')
})

test('a run writes no file over one of a run or an event before, but for a new version of the same', async () => {
  const { template, triggerId } = await watched('runs', 'runs-out/{filename}', { operation: 'move' })
  const folder = join(depot.in, 'runs')
  const run = async () =>
    whenEnded(depot.database, (await runTemplate({ ctx: ctx.operator, id: template.id, input: {} })).id)
  await plant(folder, { 'a/x': 'first' })
  expect(await run()).toMatchObject({ state: 'completed', files: 1 })
  await plant(folder, { 'b/x': 'second', 'b/y': 'y' })
  const second = await run()
  expect(second).toMatchObject({ state: 'failed', errorCause: 'files_blocked', files: 1 })
  const [refused] = await depot.files(second.id)
  expect(refused).toMatchObject({ path: 'b/x', state: 'failed', error: { cause: 'name_not_allowed' } })
  expect(refused!.error!.message).toMatch(/^a\/x goes to the same place, runs-out\/x, .* \{path\}\.$/)
  expect(treeOf(join(depot.out, 'runs-out'))).toEqual({ x: 'first', y: 'y' })

  await plant(folder, { 'a/x': 'newer' })
  const third = await run()
  expect(third).toMatchObject({ state: 'failed', errorCause: 'files_blocked', files: 1, bytes: 5 })
  expect((await depot.files(third.id)).map(({ path, size, state }) => [path, size, state])).toEqual([
    ['a/x', 5, 'completed'],
    ['b/x', 0, 'failed'],
  ])
  await plant(folder, { 'c/y': 'c' })
  await recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening('b/x'), happening('c/y')] })
  await eventually('both have a fate', async () => (await fates(template.id)).pending === 0)
  expect(await fates(template.id)).toMatchObject({ transferred: 0, dead: 2 })
  expect(treeOf(join(depot.out, 'runs-out'))).toEqual({ x: 'newer', y: 'y' })
  expect(treeOf(folder)).toEqual({ 'b/x': 'second', 'c/y': 'c' })
})

test.each(['move', 'copy'] as const)(
  'of a %s a file of another day’s folder is another file, or a newer version',
  async (operation) => {
    const folder = `dated-${operation}`
    await plant(join(depot.in, folder), { '01/x': 'first', '02/x': 'second', '03': 'a file' })
    const { template } = await watched(folder, `${folder}-out`, {
      ...{ operation, triggers: [] },
      source: { endpointId: depot.source.id, path: `${folder}/{day}` },
    })
    const run = async (day: string) => {
      const input = { at: `2026-05-${day}T12:00:00Z` }
      return whenEnded(depot.database, (await runTemplate({ ctx: ctx.operator, id: template.id, input })).id)
    }
    expect(await run('01')).toMatchObject({ state: 'completed', files: 1 })
    const second = await run('02')
    expect(await run('03')).toMatchObject({ state: 'completed', files: 1 })
    const there = { '03': 'a file', x: operation === 'move' ? 'first' : 'second' }
    expect(treeOf(join(depot.out, `${folder}-out`))).toEqual(there)
    const refused = (await depot.files(second.id)).flatMap(({ error }) => error?.message ?? [])
    const why = expect.stringContaining(`${folder}/01/x goes to the same place, ${folder}-out/x`)
    expect(refused).toEqual(operation === 'move' ? [why] : [])
  },
)

test('a run puts no file into its own source, whatever the variables become', async () => {
  await plant(join(depot.in, 'own'), { '2026/a': 'a' })
  const { template } = await watched('own', '', {
    source: { endpointId: depot.source.id, path: 'own/2026' },
    destinations: [{ endpointId: depot.source.id, path: 'own/{year}/copies/{filename}' }],
    triggers: [],
  })
  const run = (at: string) => runTemplate({ ctx: ctx.operator, id: template.id, input: { at } })
  const within = await whenEnded(depot.database, (await run('2026-05-01T00:00:00Z')).id)
  expect(within).toMatchObject({ state: 'failed', errorCause: 'files_blocked', files: 0, attempt: 1 })
  const beside = await whenEnded(depot.database, (await run('2025-05-01T00:00:00Z')).id)
  expect(beside).toMatchObject({ state: 'completed', files: 1 })
  expect(Object.keys(survey(join(depot.in, 'own'))).sort()).toEqual(['2025/copies/a', '2026/a'])
})

test('a file that changed while it waited travels once; a move takes it along', async () => {
  const { template, triggerId } = await watched('c', 'c-out', { operation: 'move' })
  await plant(join(depot.in, 'c'), { f: 'new' })
  await recordEvents({
    ctx: ctx.agent,
    triggerId,
    happenings: [happening('f', { key: '1' }), happening('f', { key: '2', kind: 'changed' })],
  })
  await eventually('both are accounted for', async () => (await fates(template.id)).transferred === 2)
  expect(survey(join(depot.in, 'c'))).toEqual({})
  await rm(join(depot.out, 'c-out/f'))
})

test('a link in the folders of a file leads nobody out of the allowed folders', async () => {
  const outside = await tempFolder(afterAll)
  await plant(outside, { secret: 's' })
  await plant(join(depot.in, 'd'), { 'plain/f': 'f' })
  await symlink(outside, join(depot.in, 'd/linked'))
  await plant(join(depot.out, 'd-out'), {})
  await symlink(outside, join(depot.out, 'd-out/2026'))
  const { template, triggerId } = await watched('d', 'd-out')
  const into = await watched('d-into', 'd-out/{year}/')
  await plant(join(depot.in, 'd-into'), { g: 'g' })
  const happenings = ['plain/f', 'linked/secret'].map((path) => happening(path))
  await recordEvents({ ctx: ctx.agent, triggerId, happenings })
  await recordEvents({ ctx: ctx.agent, triggerId: into.triggerId, happenings: [happening('g')] })
  await eventually(
    'all have a fate',
    async () => {
      return (await fates(template.id)).pending + (await fates(into.template.id)).pending === 0
    },
    50_000,
  )
  expect(await fates(template.id)).toMatchObject({ transferred: 1, failed: 1 })
  expect(await fates(into.template.id)).toMatchObject({ transferred: 0, failed: 1 })
  const { items } = await listEvents({ ctx: ctx.viewer, input: { state: 'failed', q: 'secret' } })
  expect(items[0]?.reason).toMatch(/leads by a link to .* outside the allowed folders/)
  expect(Object.keys(survey(outside))).toEqual(['secret'])
})

test('a file that is there already arrived, whatever fails beside it', async () => {
  const { template, triggerId } = await watched('e', 'e-out')
  await plant(join(depot.in, 'e'), { one: '1', two: '2' })
  await recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening('one'), happening('two')] })
  await eventually('both arrived', async () => (await fates(template.id)).transferred === 2)
  await rm(join(depot.in, 'e/two'))
  const { items } = await listEvents({ ctx: ctx.viewer, input: { templateId: template.id } })
  const ids = items.map(({ id }) => id)
  await replayEvents({ ctx: ctx.operator, input: { ids } })
  await eventually('both have a fate', async () => (await fates(template.id)).pending === 0)
  expect(await fates(template.id)).toMatchObject({ transferred: 1, failed: 1 })

  // Where the template takes from another place, its old events would mean other files.
  await updateTemplate({
    ctx: ctx.operator,
    id: template.id,
    input: { source: { endpointId: depot.source.id, path: 'e-other' } },
  })
  const { replayed, refused } = await replayEvents({ ctx: ctx.operator, input: { ids } })
  expect(replayed).toEqual([])
  expect(refused.map(({ reason }) => reason)).toEqual(Array(2).fill(OTHER_SOURCE))
})

const slow = { options: { bandwidth: '8K' }, gather: { windowMs: 0 } }
const jobsOf = async (templateId: string) => {
  const { items } = await listEvents({ ctx: ctx.viewer, input: { templateId } })
  return Object.fromEntries(items.map(({ path, detail, jobId }) => [`${path}${detail.n ?? ''}`, jobId]))
}

test('a newer version of a file waits for the job that copies the older one', async () => {
  const { template, triggerId } = await watched('f', 'f-out', slow)
  await plant(join(depot.in, 'f'), { big: 'x'.repeat(150_000), other: 'o' })
  const tell = (path: string, n: string) =>
    recordEvents({
      ctx: ctx.agent,
      triggerId,
      happenings: [happening(path, { key: path + n, detail: { n } })],
    })
  await tell('big', '1')
  await eventually('it is taken', async () => (await jobsOf(template.id)).big1 != null)
  await tell('big', '2')
  await tell('other', '1')
  await eventually('another file is taken', async () => (await jobsOf(template.id)).other1 != null)
  expect(await jobsOf(template.id)).toMatchObject({ big2: null })
  await eventually('all arrived', async () => (await fates(template.id)).transferred === 3, 60_000)
  const { big1, big2, other1 } = await jobsOf(template.id)
  expect(new Set([big1, big2, other1]).size).toBe(3)
})

test('a sync has one run at a time, for all that happened meanwhile', async () => {
  const { template, triggerId } = await watched('g', 'g-out', { ...slow, operation: 'sync' })
  await plant(join(depot.in, 'g'), { big: 'x'.repeat(150_000) })
  const tell = (path: string) =>
    recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening(path, { key: path })] })
  await tell('big')
  await eventually('it is taken', async () => (await jobsOf(template.id)).big != null)
  await plant(join(depot.in, 'g'), { one: '1', two: '2' })
  await tell('one')
  await tell('two')
  await eventually('all arrived', async () => (await fates(template.id)).transferred === 3, 60_000)
  const { big, one, two } = await jobsOf(template.id)
  expect(one).toBe(two)
  expect(one).not.toBe(big)
  expect(Object.keys(survey(join(depot.out, 'g-out'))).sort()).toEqual(['big', 'one', 'two'])
})

test('a move whose file is at its place already is a fate that the books bear out, like all of these', async () => {
  const { template, triggerId } = await watched('h', 'h-out', { operation: 'move' })
  await plant(join(depot.in, 'h'), { same: 's', other: 'o' })
  await plant(join(depot.out, 'h-out'), {})
  await cp(join(depot.in, 'h/same'), join(depot.out, 'h-out/same'), { preserveTimestamps: true })
  await recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening('same'), happening('other')] })
  await eventually('both have a fate', async () => (await fates(template.id)).pending === 0)
  expect(survey(join(depot.in, 'h'))).toEqual({})
  expect(await fates(template.id)).toMatchObject({ transferred: 2 })
  expect(await findUnaccounted({ ctx: ctx.agent })).toEqual([])
})
