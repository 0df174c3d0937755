import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { recordEvents } from '#lib/events/record-events.ts'
import type { EventSummary, LedgerEvent, ReplayAnswer } from '#lib/events/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { Schedule } from '#lib/schedules/schedule-views.ts'
import type { Template } from '#lib/templates/schema.ts'
import { eventually } from '#tests/start/processes.ts'
import { makeKey } from '#tests/support/api.ts'
import { runCommand } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { startWeb } from '#tests/support/web.ts'

// The real program against a real web, worker and rclone.

const depot = await openDepot()
await plant(depot.in, { 'card/a.mov': 'a', 'card/b.txt': 'bb' })
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'operator') }
const run = (...args: string[]) => runCommand(args, env)
const json = async <T>(...args: string[]) => JSON.parse((await run(...args, '--json')).out) as T

const file = join(depot.root, 'template.json')
await writeFile(
  file,
  JSON.stringify({
    name: 'Cards',
    operation: 'copy',
    source: { endpointId: depot.source.id, path: 'card' },
    pattern: '*.mov',
    destinations: [{ endpointId: depot.destination.id, path: 'kept/{year}/{filename}' }],
    triggers: [{ type: 'watch' }, { type: 'schedule', cron: '30 2 * * 1-5' }],
  }),
)

test('a template is made from a file, listed, shown, switched and run as of another day', async () => {
  expect((await run('templates', 'create', '--file', file)).out).toMatch(
    /^Made Cards \([0-9a-f-]{36}\), which is on\n$/,
  )
  const table = (await run('templates', 'list')).out
  expect(table).toMatch(/Cards +on +copy +in:card +out:kept/)
  expect(table).toContain('When a file is created or changed; At 02:30, Monday through Friday (UTC)')
  expect((await run('templates', 'show', 'cards')).out).toContain('kept/{year}/{filename}')
  expect((await run('templates', 'disable', 'Cards')).out).toBe('Cards is off\n')
  expect(await json<Template>('templates', 'show', 'Cards')).toMatchObject({ enabled: false })
  expect(await json<Template>('templates', 'enable', 'Cards')).toMatchObject({ enabled: true })
  const end = await run('templates', 'run', 'Cards', '--at', '2019-05-04T12:00:00Z', '--follow', '--json')
  expect(end.status).toBe(0)
  expect(JSON.parse(end.out) as Job).toMatchObject({
    ...{ state: 'completed', files: 1, trigger: 'manual', template: { name: 'Cards' } },
  })
  expect(treeOf(join(depot.out, 'kept'))).toEqual({ '2019/a.mov': 'a' })
})

test('its runs and its schedule are listed', async () => {
  const runs = await json<Job[]>('jobs', 'list', '--template', 'cards')
  expect(runs).toMatchObject([{ trigger: 'manual', template: { name: 'Cards' } }])
  expect((await run('jobs', 'list', '--template', 'Crds')).status).toBe(2)
  const { out } = await run('schedules', 'list')
  expect(out).toMatch(/Cards +on +At 02:30, Monday through Friday \(UTC\) +in \d+ \w+.* +— +— +—/)
  const [one] = await json<Schedule[]>('schedules', 'list', '--template', 'Cards')
  const shown = (await run('schedules', 'show', 'cards')).out
  expect(shown).toMatch(/fires +At 02:30, Monday through Friday \(UTC\)/)
  expect(shown).toMatch(/last due +never/)
  for (const at of one!.next) expect(shown).toContain(at)
})

test('what show prints may be changed and given back, or made another of', async () => {
  const before = await json<Template>('templates', 'show', 'Cards')
  await writeFile(file, JSON.stringify({ ...before, pattern: '*' }))
  expect((await run('templates', 'update', 'Cards', '--file', file)).out).toBe('Changed Cards\n')
  const after = await json<Template>('templates', 'show', 'Cards')
  expect(after.pattern).toBe('*')
  // Its triggers are those that they were.
  expect(after.triggers.map(({ id }) => id)).toEqual(before.triggers.map(({ id }) => id))
  await writeFile(file, JSON.stringify({ ...before, name: 'Others' }))
  expect((await run('templates', 'create', '--file', file)).status).toBe(0)
  expect((await json<Template[]>('templates', 'list')).map(({ name }) => name)).toEqual(['Cards', 'Others'])
})

test('what is wrong is said, with the name that was probably meant', async () => {
  expect(await run('templates', 'show', 'Crds')).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('Did you mean "Cards"?') },
  })
  await writeFile(file, '{')
  expect(await run('templates', 'create', '--file', file)).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('is not JSON') },
  })
  expect(await run('templates', 'run', 'Cards', '--at', 'soon')).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('"soon" is no time') },
  })
  expect((await run('events', 'replay')).status).toBe(2)
})

test('events are listed, shown, replayed and summed up', async () => {
  const { triggers } = await json<Template>('templates', 'show', 'Others')
  const triggerId = triggers.find(({ type }) => type === 'watch')!.id
  const at = { kind: 'created', size: 1, occurredAt: new Date() } as const
  await recordEvents({
    ctx: depot.ctx.agent,
    triggerId,
    happenings: ['a.mov', 'b.txt', 'gone.mov'].map((path) => ({ ...at, path, key: path })),
  })
  const books = () => json<EventSummary>('events', 'summary', '--template', 'Others')
  await eventually('all have a fate', async () => (await books()).pending === 0)
  expect(await books()).toMatchObject({
    ...{ received: 3, transferred: 1, ignored: 1, failed: 1, unaccounted: 0 },
  })
  expect((await run('events', 'summary', '--within', '24h')).out).toMatch(/unaccounted +0/)
  const [failed] = await json<LedgerEvent[]>('events', 'list', '--state', 'failed', '--template', 'Others')
  expect((await run('events', 'list', '--search', 'gone')).out).toContain('gone.mov')
  expect((await run('events', 'show', failed!.id)).out).toMatch(/fate +failed/)
  const some = await run('events', 'replay', '--template', 'Others', '--limit', '1', '--dry-run')
  expect(some.out).toContain('2 more are left')
  const found = await run('events', 'replay', '--search', 'o', '--limit', '1', '--dry-run')
  expect(found.out).toContain('More are left')
  const dry = await run('events', 'replay', '--state', 'failed', '--template', 'Others', '--dry-run')
  expect(dry).toMatchObject({ status: 0, out: '1 event would be replayed, in 1 job\n' })
  expect((await books()).failed).toBe(1)
  await plant(depot.in, { 'card/gone.mov': 'back' })
  const answer = await json<ReplayAnswer>('events', 'replay', failed!.id)
  expect(answer).toEqual({ replayed: [failed!.id], refused: [], jobs: 1 })
  await eventually('it arrived', async () => (await books()).transferred === 2)
})

test('the queues of a template are tested, and what show prints of them may be given back', async () => {
  expect(await run('templates', 'test-queue', 'Cards')).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('no trigger of S3 events') },
  })
  const settings = { provider: 'AWS', env_auth: 'true' }
  const bucket = await createEndpoint({
    ctx: depot.ctx.owner,
    input: { name: 'bucket', type: 's3', path: 'footage', settings },
  })
  const key = { accessKeyId: 'AKIA', secretAccessKey: 'queue-secret' }
  // Nothing answers there.
  const queueUrl = 'http://127.0.0.1:1/000000000000/events'
  await writeFile(
    file,
    JSON.stringify({
      ...{ name: 'Uploads', operation: 'copy', source: { endpointId: bucket.id, path: 'in' } },
      destinations: [{ endpointId: depot.destination.id, path: 'up' }],
      triggers: [{ type: 's3', queueUrl, region: 'us-east-1', settings: key }],
    }),
  )
  expect((await run('templates', 'create', '--file', file)).status).toBe(0)
  const tested = await run('templates', 'test-queue', 'Uploads')
  expect(tested).toMatchObject({ status: 1, out: expect.stringMatching(/ok +Resolve[\s\S]+failed +Connect/) })
  const shown = await json<Template>('templates', 'show', 'Uploads')
  expect(shown.triggers[0]).toMatchObject({ listEveryMinutes: 60, listing: null })
  await writeFile(file, JSON.stringify(shown))
  expect((await run('templates', 'update', 'Uploads', '--file', file)).out).toBe('Changed Uploads\n')
})

test('a template is deleted only when that is meant', async () => {
  // Nobody is there to ask.
  expect(await run('templates', 'delete', 'Uploads')).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('--yes') },
  })
  expect(await run('templates', 'delete', 'uploads', '--yes')).toMatchObject({
    ...{ status: 0, out: 'Deleted Uploads\n' },
  })
  expect((await json<Template[]>('templates', 'list')).map(({ name }) => name)).toEqual(['Cards', 'Others'])
})
