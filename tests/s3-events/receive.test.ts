import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { replayEvents } from '#lib/events/replay-events.ts'
import { eventually } from '#tests/start/processes.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { byEventBridge, bySns, notification, testEvent } from '#tests/support/s3-messages.ts'
import { openS3Yard } from '#tests/support/s3-yard.ts'

vi.setConfig({ testTimeout: 120_000 })

const { depot, sqs, put, template } = await openS3Yard()
const { operator } = depot.ctx
const out = (name: string) => Object.keys(survey(join(depot.out, name))).sort()
const emptied = (queue: { left(): Promise<number> }) =>
  eventually('the queue is empty', async () => (await queue.left()) === 0, 30_000)

test('each form, several records, odd names: every object travels once', async () => {
  const queue = await sqs.queue('forms')
  const a = await template('forms', queue, { path: 'forms' })
  const names = [
    'plain.mov',
    'with space.mov',
    'a+b.mov',
    '100%.mov',
    '%20.mov',
    'Größe/日本語/👩‍🎤.mov',
    'deep/er/and+er/ x .mov',
    '-rf',
    ':colon',
    "it's; #1.mov",
  ]
  for (const name of names) await put(`forms/${name}`, `content of ${name}`)
  const told = names.map((name, n) => ({ key: `forms/${name}`, size: null, sequencer: `0${n + 1}` }))
  await queue.send(
    notification(...told.slice(0, 4)),
    bySns(notification(...told.slice(4, 7))),
    ...told.slice(7).map((one) => byEventBridge(one)),
  )
  const summary = await a.settled(names.length)
  expect(summary).toMatchObject({ transferred: names.length, unaccounted: 0 })
  expect(out('forms')).toEqual([...names].sort())
  await emptied(queue)
})

test('duplicates, by the same way and another, are one', async () => {
  const queue = await sqs.queue('twice')
  const a = await template('twice', queue, { path: 'twice' })
  await put('twice/a')
  const told = { key: 'twice/a', sequencer: '00A1' }
  const again = { ...told, sequencer: '00a10' }
  await queue.send(notification(told), notification(told), bySns(notification(told)), byEventBridge(again))
  await a.settled(1)
  await emptied(queue)
  expect(await a.events()).toMatchObject([{ path: 'a', state: 'transferred', kind: 'created' }])
})

test.each([true, false])('through a topic of SNS, raw delivery %s', async (raw) => {
  const name = raw ? 'raw' : 'wrapped'
  const queue = await sqs.queue(`topic-${name}`)
  const publish = await queue.topic(`topic-${name}`, raw)
  const a = await template(name, queue, { path: name })
  await put(`${name}/a b+c.mov`)
  await publish(notification({ key: `${name}/a b+c.mov` }))
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
  expect(out(name)).toEqual(['a b+c.mov'])
  await emptied(queue)
})

test('a test event is deleted, told of, and no event', async () => {
  const queue = await sqs.queue('tested')
  const a = await template('tested', queue, { path: 'tested' })
  await queue.send(testEvent('orbit'))
  await a.healthy(/^ok Listens to tested\. Test event received from orbit on 20/)
  await emptied(queue)
  expect(await a.summary()).toMatchObject({ received: 0 })
})

test('removed and restored objects; what the trigger does not ask for is ignored with why', async () => {
  const queue = await sqs.queue('kinds')
  const a = await template('kinds', queue, { path: 'kinds', trigger: { kinds: ['created', 'restored'] } })
  const all = await template('kinds all', queue, {
    ...{ path: 'kinds', operation: 'sync' },
    trigger: { kinds: ['created', 'removed', 'restored'] },
  })
  await put('kinds/back')
  await queue.send(
    notification({ key: 'kinds/back', eventName: 'ObjectRestore:Completed', sequencer: '' }),
    notification({ key: 'kinds/gone', eventName: 'ObjectRemoved:DeleteMarkerCreated', versionId: 'v2' }),
    notification({ key: 'kinds/folder/', size: 0 }),
    notification({ key: 'kinds/back', eventName: 'ObjectTagging:Put', sequencer: '' }),
  )
  await a.settled(4)
  await all.settled(4)
  const fates = async (of: typeof a) =>
    (await of.events()).map(({ path, kind, state }) => `${path} ${kind} ${state}`).sort()
  expect(await fates(a)).toEqual([
    'back changed ignored',
    'back restored transferred',
    'folder/ created ignored',
    'gone removed ignored',
  ])
  expect(await fates(all)).toEqual([
    'back changed ignored',
    'back restored transferred',
    'folder/ created ignored',
    'gone removed transferred',
  ])
  const reasons = (await a.events()).flatMap(({ reason }) => reason ?? []).join(' ')
  expect(reasons).toContain('does not ask for removed files')
  expect(reasons).toContain('marks a folder')
  expect(reasons).toContain('ObjectTagging:Put brings no file')
})

test('an older event after a newer one of the same object does nothing', async () => {
  const queue = await sqs.queue('late')
  const a = await template('late', queue, { path: 'late' })
  const gone = { eventName: 'ObjectRemoved:Delete' }
  await queue.send(notification({ key: 'late/a', sequencer: '0A20', ...gone }))
  await a.settled(1)
  await queue.send(notification({ key: 'late/a', sequencer: '0A1F' }))
  await a.settled(2)
  // One version was removed for good: what the bucket shows under the key is another one.
  await put('late/b')
  await queue.send(notification({ key: 'late/b', sequencer: '0B20', versionId: 'old', ...gone }))
  await a.settled(3)
  await queue.send(
    notification({ key: 'late/b', sequencer: '0B1', versionId: 'new' }),
    notification({ key: 'late/b', sequencer: '0B0', versionId: 'old' }),
  )
  await a.settled(5)
  const fates = (await a.events()).map(({ detail, state }) => `${detail.key} ${detail.sequencer} ${state}`)
  expect(fates.sort()).toEqual([
    'late/a 0A1F ignored',
    'late/a 0A2 ignored',
    'late/b 0B ignored',
    'late/b 0B1 transferred',
    'late/b 0B2 ignored',
  ])
  const [overtaken] = (await a.events()).filter(({ detail }) => detail.sequencer === '0A1F')
  expect(overtaken?.reason).toContain('later event of the same object')
})

test('what cannot be read is in the ledger as dead, deleted, and keeps nothing else', async () => {
  const queue = await sqs.queue('poison')
  const a = await template('poison', queue, { path: 'poison' })
  await put('poison/good')
  const half = JSON.parse(notification({ key: 'poison/good' }, { key: 'x' }))
  half.Records[1].s3.object.key = '%ff'
  await queue.send(
    'no JSON at all',
    JSON.stringify({ Records: [{ hello: 'world', long: 'x'.repeat(5000) }] }),
    JSON.stringify(half),
    byEventBridge({ key: 'poison/../../etc/passwd' }),
    byEventBridge({ key: 'poison/a\0b' }),
    '{"detail-type":"\\u0000\\ud800"}',
  )
  const summary = await a.settled(7)
  expect(summary).toMatchObject({ transferred: 1, dead: 6, ignored: 0, unaccounted: 0 })
  await emptied(queue)
  const dead = (await a.events()).filter(({ state }) => state === 'dead')
  const unreadable = dead.filter(({ detail }) => detail.body !== undefined)
  expect(unreadable).toHaveLength(4)
  for (const { path, detail, reason } of unreadable) {
    expect(path).toBe(`unreadable message ${detail.messageId}`)
    expect(detail.body?.length).toBeLessThanOrEqual(1000)
    expect(reason).toMatch(/\.$/)
  }
  const answer = await replayEvents({ ctx: operator, input: { ids: dead.map(({ id }) => id), dryRun: true } })
  expect(answer).toMatchObject({ replayed: [], jobs: 0 })
  expect(answer.refused).toHaveLength(6)
})

test('two templates share a queue: each event is in the ledger of both, once', async () => {
  const queue = await sqs.queue('shared')
  const a = await template('shared a', queue, { path: 'shared/a' })
  const b = await template('shared b', queue, { path: 'shared/b' })
  for (const key of ['shared/a/one', 'shared/b/two', 'shared/b/three']) await put(key)
  await queue.send(
    notification({ key: 'shared/a/one' }, { key: 'shared/b/two' }),
    notification({ key: 'shared/b/three' }),
    notification({ key: 'elsewhere' }),
    notification({ key: 'shared/a/one', bucket: 'another' }),
  )
  expect(await a.settled(5)).toMatchObject({ transferred: 1, ignored: 4 })
  expect(await b.settled(5)).toMatchObject({ transferred: 2, ignored: 3 })
  expect(out('shared a')).toEqual(['one'])
  expect(out('shared b')).toEqual(['three', 'two'])
  const reasons = (await a.events()).flatMap(({ reason }) => reason ?? [])
  expect(reasons.filter((why) => why.includes('outside orbit/shared/a/'))).toHaveLength(3)
  expect(reasons.filter((why) => why.includes('of the bucket another'))).toHaveLength(1)
  const ids = (await a.events()).filter(({ state }) => state === 'ignored').map(({ id }) => id)
  const answer = await replayEvents({ ctx: operator, input: { ids, dryRun: true } })
  expect(answer).toMatchObject({ replayed: [], jobs: 0 })
  await emptied(queue)
})

test('several queues at once, one of them of a template that is off', async () => {
  const queues = await Promise.all(['q1', 'q2', 'q3'].map((name) => sqs.queue(name)))
  const all = await Promise.all(
    queues.map((queue, n) =>
      template(`several ${n}`, queue, { path: 'several', more: { enabled: n !== 2 } }),
    ),
  )
  await put('several/a')
  await Promise.all(queues.map((queue) => queue.send(notification({ key: 'several/a' }))))
  const [one, two, off] = await Promise.all(all.map((each) => each.settled(1)))
  expect(one).toMatchObject({ transferred: 1 })
  expect(two).toMatchObject({ transferred: 1 })
  expect(off).toMatchObject({ ignored: 1 })
  expect((await all[2]!.events())[0]?.reason).toBe('The template was off.')
})

test('what an event tells is there for paths', async () => {
  const queue = await sqs.queue('words')
  const a = await template('words', queue, {
    path: 'words',
    more: {
      destinations: [
        { endpointId: depot.destination.id, path: 'words/{event.bucket}/{event.eTag}-{filename}' },
      ],
    },
  })
  await put('words/a')
  await queue.send(notification({ key: 'words/a', eTag: 'e1', versionId: 'v1', sequencer: '0C' }))
  await a.settled(1)
  expect(out('words')).toEqual(['orbit/e1-a'])
  const [event] = await a.events()
  expect(event).toMatchObject({ source: 's3', size: 5, occurredAt: new Date('2026-11-21T02:30:00.123Z') })
  expect(event?.detail).toEqual({
    ...{ bucket: 'orbit', key: 'words/a', region: 'us-east-1', eventName: 'ObjectCreated:Put', size: '5' },
    ...{ eTag: 'e1', versionId: 'v1', sequencer: '0C' },
  })
})

test('a queue that is full is emptied by several at a time; nothing is lost or doubled', async () => {
  const queue = await sqs.queue('many')
  const bodies = Array.from({ length: 600 }, (_, n) =>
    notification({ key: `many/f${n % 300}`, sequencer: '01' }),
  )
  await queue.send(...bodies)
  const a = await template('many', queue, { path: 'many', more: { pattern: '*.none' } })
  expect(await a.settled(300, 90_000)).toMatchObject({ ignored: 300, received: 300 })
  await emptied(queue)
  expect(new Set(await a.paths()).size).toBe(300)
})
