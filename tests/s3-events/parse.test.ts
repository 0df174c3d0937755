import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage, type S3Event } from '#lib/s3-events/parse-message.ts'
import { placeEvent, watchedPrefix } from '#lib/s3-events/place-event.ts'
import { byEventBridge, bySns, notification, record, testEvent } from '#tests/support/s3-messages.ts'

function eventsOf(body: string): S3Event[] {
  const parsed = parseMessage(body)
  if (parsed.type !== 'events') throw new Error(JSON.stringify(parsed))
  return parsed.events.map((event) => {
    if (typeof event === 'string') throw new Error(event)
    return event
  })
}

const only = (body: string) => eventsOf(body)[0]!
const keyOf = (body: string) => placeEvent(only(body), 'orbit').key

test('raw, wrapped by SNS and by EventBridge are one event', () => {
  const told = { key: 'in/a b+c%20d.mov', sequencer: '00AB10', versionId: 'v1' }
  const raw = only(notification(told))
  expect(raw).toEqual({
    ...{ kind: 'created', bucket: 'orbit', key: 'in/a b+c%20d.mov', size: 5, region: 'us-east-1' },
    ...{ at: new Date('2026-11-21T02:30:00.123Z'), eventName: 'ObjectCreated:Put', versionId: 'v1' },
    ...{ eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '00AB1', isOfOneVersion: false },
  })
  expect(only(bySns(notification(told)))).toEqual(raw)
  const bridged = only(byEventBridge({ ...told, sequencer: '00ab1000' }))
  expect(bridged).toMatchObject({ key: raw.key, kind: 'created', size: 5, sequencer: '00AB1' })
  expect(keyOf(byEventBridge({ ...told, sequencer: '00ab1000' }))).toBe(keyOf(notification(told)))
  expect(only(bySns(byEventBridge(told))).key).toBe(raw.key)
})

test('what tells events apart', () => {
  const base = { key: 'a', sequencer: '01' }
  const all = [
    notification(base),
    notification({ ...base, key: 'b' }),
    notification({ ...base, sequencer: '02' }),
    notification({ ...base, eTag: 'other' }),
    notification({ ...base, versionId: 'v' }),
    notification({ ...base, eventName: 'ObjectRemoved:Delete' }),
    notification({ ...base, sequencer: '', at: '2026-11-21T02:30:00.001Z' }),
    notification({ ...base, sequencer: '', at: '2026-11-21T02:30:00.002Z' }),
  ]
  expect(new Set(all.map(keyOf)).size).toBe(all.length)
  const restored = (at: string) => ({ ...base, eventName: 'ObjectRestore:Completed', sequencer: '', at })
  const bridged = byEventBridge({
    ...restored('2026-11-21T02:30:00Z'),
    detailType: 'Object Restore Completed',
  })
  expect(keyOf(notification(restored('2026-11-21T02:30:00.900Z')))).toBe(keyOf(bridged))
})

test('keys come back exactly, by whatever way', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(name, (key) => {
      expect(only(notification({ key })).key).toBe(key)
      expect(only(bySns(notification({ key }))).key).toBe(key)
      expect(only(byEventBridge({ key })).key).toBe(key)
    }),
  )
})

test('a key is decoded once, and only in records', () => {
  const raw = (key: string) => {
    const body = JSON.parse(notification({ key: 'x' }))
    body.Records[0].s3.object.key = key
    return JSON.stringify(body)
  }
  expect(only(raw('a%2520b')).key).toBe('a%20b')
  expect(only(raw('a+%2B')).key).toBe('a +')
  expect(only(byEventBridge({ key: 'a+b%20c' })).key).toBe('a+b%20c')
  for (const bad of ['%zz', '%ff', 'a%']) {
    expect(parseMessage(raw(bad))).toMatchObject({ events: [expect.stringContaining('not encoded')] })
  }
})

test.each([
  ['ObjectCreated:Put', 'created', false],
  ['s3:ObjectCreated:CompleteMultipartUpload', 'created', false],
  ['ObjectCreated:Copy', 'created', false],
  ['ObjectRemoved:Delete', 'removed', true],
  ['ObjectRemoved:DeleteMarkerCreated', 'removed', false],
  ['LifecycleExpiration:Delete', 'removed', true],
  ['LifecycleExpiration:DeleteMarkerCreated', 'removed', false],
  ['ObjectRestore:Completed', 'restored', false],
])('%s is %s', (eventName, kind, isOfOneVersion) => {
  const event = only(notification({ key: 'a', eventName, versionId: 'v1' }))
  expect(event).toMatchObject({ kind, isOfOneVersion })
  expect(event.ignored).toBeUndefined()
})

test('EventBridge: kinds, and a version that was removed for good', () => {
  const of = (detailType: string, deletion?: string) =>
    only(byEventBridge({ key: 'a', versionId: 'v1', detailType, ...(deletion && { deletion }) }))
  expect(of('Object Deleted', 'Delete Marker Created')).toMatchObject({
    kind: 'removed',
    isOfOneVersion: false,
  })
  expect(of('Object Deleted', 'Permanently Deleted')).toMatchObject({ kind: 'removed', isOfOneVersion: true })
  expect(of('Object Restore Completed')).toMatchObject({ kind: 'restored' })
  expect(of('Object Tags Added').ignored).toContain('Object Tags Added brings no file')
})

test('what is no file is ignored, with why', () => {
  expect(only(notification({ key: 'in/folder/', size: 0 })).ignored).toContain('marks a folder')
  expect(only(notification({ key: 'in/folder/', eventName: 'ObjectRemoved:Delete' })).ignored).toContain(
    'marks',
  )
  expect(only(notification({ key: 'a', eventName: 'ObjectRestore:Post' })).ignored).toContain(
    'brings no file',
  )
  expect(only(notification({ key: 'a', eventName: 'ReducedRedundancyLostObject' })).ignored).toBeDefined()
})

test('the test event, raw and by SNS', () => {
  expect(parseMessage(testEvent('rushes'))).toEqual({ type: 'test', bucket: 'rushes' })
  expect(parseMessage(bySns(testEvent('rushes')))).toEqual({ type: 'test', bucket: 'rushes' })
})

/** A good record with some of its fields, or of its object's, made other. */
const broken = (change: { record?: object; object?: object }) => {
  const body = JSON.parse(notification({ key: 'a' }))
  Object.assign(body.Records[0].s3.object, change.object)
  Object.assign(body.Records[0], change.record)
  return JSON.stringify(body)
}

test.each([
  ['nothing', ''],
  ['no JSON', '{"Records":['],
  ['a number', '17'],
  ['null', 'null'],
  ['another program’s', '{"hello":"world"}'],
  ['no records', '{"Records":[]}'],
  ['an envelope in an envelope in an envelope', bySns(bySns(bySns(notification({ key: 'a' }))))],
  ['an envelope around nothing', bySns('hello')],
  ['an EventBridge event of another service', '{"detail-type":"Object Created","source":"aws.ec2"}'],
  ['a question of SNS', '{"Type":"SubscriptionConfirmation","SubscribeURL":"https://sns"}'],
])('%s cannot be read', (_what, body) => {
  expect(parseMessage(body)).toMatchObject({ type: 'unreadable', why: expect.stringMatching(/\.$/) })
})

test.each([
  ['no s3', broken({ record: { s3: undefined } })],
  ['a key that is a number', broken({ object: { key: 5 } })],
  ['an empty key', broken({ object: { key: '' } })],
  ['a size below nought', broken({ object: { size: -1 } })],
  ['a size beyond all', broken({ object: { size: 1e300 } })],
  ['a sequencer that is none', broken({ object: { sequencer: 'zz' } })],
  ['a time that is none', broken({ record: { eventTime: 'yesterday' } })],
  ['the year 0', broken({ record: { eventTime: '0000-01-01T00:00:00Z' } })],
])('of records one with %s cannot be read; the others can', (_what, body) => {
  const [bad] = JSON.parse(body).Records
  const both = JSON.stringify({ Records: [bad, record({ key: 'good' })] })
  expect(parseMessage(both)).toMatchObject({
    type: 'events',
    events: [expect.stringContaining('no record of S3'), { key: 'good' }],
  })
})

test('any text is read or refused, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      expect(['test', 'events', 'unreadable']).toContain(parseMessage(body).type)
    }),
  )
})

test('where an event belongs', () => {
  expect(watchedPrefix('/orbit//deep/', './in/')).toBe('orbit/deep/in')
  const of = (told: Parameters<typeof notification>[0], prefix: string) =>
    placeEvent(only(notification(told)), prefix)
  expect(of({ key: 'in/x/a.mov' }, 'orbit/in')).toMatchObject({
    path: 'x/a.mov',
    detail: { key: 'in/x/a.mov' },
  })
  expect(of({ key: 'in/a' }, '')).toMatchObject({ path: 'orbit/in/a' })
  expect(of({ key: 'in2/a' }, 'orbit/in').ignored).toContain('outside orbit/in/')
  expect(of({ key: 'in' }, 'orbit/in').ignored).toContain('outside')
  expect(of({ key: 'in/a', bucket: 'orbit2' }, 'orbit').ignored).toContain('of the bucket orbit2')
})

test.each([
  ['../up', 'climb'],
  ['a/../../up', 'climb'],
  ['/etc/passwd', 'leave out'],
  ['a//b', 'no name'],
  ['./a', 'no name'],
  ['a/', 'no name'],
  ['a\0b', 'NUL'],
  ['a\ud800', 'Unicode'],
  [`${'x'.repeat(256)}`, '255 bytes'],
])('a key that is no path is dead: %j', (key, why) => {
  const body = JSON.parse(byEventBridge({ key: 'x', size: 1 }))
  body.detail.object.key = key
  const placed = placeEvent(only(JSON.stringify(body)), 'orbit')
  expect(placed.dead).toContain(why)
  expect(JSON.stringify(placed.path)).not.toContain('\\u0000')
  expect(placed.path.isWellFormed()).toBe(true)
})

test('a colon at the beginning is a name like any other', () => {
  expect(placeEvent(only(notification({ key: ':a' })), 'orbit')).toMatchObject({ path: ':a' })
  expect(placeEvent(only(notification({ key: ':a' })), 'orbit').dead).toBeUndefined()
})
