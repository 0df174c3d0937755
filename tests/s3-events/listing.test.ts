import { and, asc, eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { FOUND_BEFORE, foundByListing } from '#lib/bucket-listings/found-by-listing.ts'
import { recordFound } from '#lib/bucket-listings/record-found.ts'
import { events } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { recordEvents, recordIn } from '#lib/events/record-events.ts'
import { readNeeds } from '#lib/overview/needs.ts'
import { queueOf } from '#lib/s3-events/find-queues.ts'
import { recordMessages } from '#lib/s3-events/record-messages.ts'
import { getTemplate } from '#lib/templates/queries.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import type { S3TriggerSettings } from '#lib/triggers/schema.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { NO_QUEUE, nextSecond, openListing } from '#tests/support/listing.ts'
import { notification } from '#tests/support/s3-messages.ts'
import { type Backend, hasMoto } from '#tests/support/servers/s3.ts'
import { openSlot } from '#tests/support/slots.ts'
import { listWindow, TooManyObjectsError } from '#workers/bucket-listings/list-window.ts'
import { storageOf } from '#workers/rclone/remote.ts'

const depot = await openDepot()
const { db } = depot.database
const slot = await openSlot(afterAll)
const listing = await openListing(depot, slot)
const own = await openDepot()
const ownListing = await openListing(own, slot)

const backends: Backend[] = hasMoto() ? ['fauxqs', 'moto'] : ['fauxqs']

describe.each(backends)('a bucket of %s', async (backend) => {
  const bucket = await listing.bucket(backend)

  test('objects whose event never came are found once, across listings and a restart', async () => {
    await bucket.put('in/before.mov')
    await nextSecond()
    const { id, triggerId } = await bucket.template('in', { pattern: '*.mov' })
    const stop = listing.start()
    await bucket.put('in/a.mov', 'aaa')
    await bucket.put('in/deep/er/b c+d.mov', 'bb')
    // rclone keeps the time of the file with it: the listing goes by when it came.
    await bucket.put('in/old.mov', 'o', { 'x-amz-meta-mtime': '1500000000.0' })
    await bucket.put('in/notes.txt')
    await bucket.put('elsewhere/c.mov')
    await nextSecond()
    const first = await listing.listed(triggerId)
    const found = ['a.mov', 'deep/er/b c+d.mov', 'old.mov']
    expect(await listing.pathsOf(triggerId)).toEqual(found)
    expect(first).toMatchObject({ state: 'warn', found: 3 })
    const [event] = await db.select().from(events).where(eq(events.path, 'deep/er/b c+d.mov'))
    expect(event).toMatchObject({
      ...{ kind: 'created', size: 2, source: 's3', state: 'pending' },
      detail: { found: 'listing', bucket: 'footage', key: 'in/deep/er/b c+d.mov' },
    })
    const template = await getTemplate({ ctx: depot.ctx.viewer, id })
    expect(template.triggers[0]).toMatchObject({
      listing: { state: 'warn', message: expect.stringMatching(/^3 objects came without an event, such as/) },
    })
    expect((await readNeeds({ ctx: depot.ctx.viewer })).items).toContainEqual(
      expect.objectContaining({ kind: 'trigger', templateId: id, message: first.message }),
    )
    await listing.listed(triggerId)
    await stop()
    listing.start()
    expect(await listing.listed(triggerId)).toMatchObject({ state: 'warn', found: 3 })
    expect(await listing.pathsOf(triggerId)).toEqual(found)
    // Another version is another event.
    await bucket.put('in/a.mov', 'other')
    await nextSecond()
    expect(await listing.listed(triggerId)).toMatchObject({ state: 'warn', found: 4 })
    await listing.listed(triggerId)
    expect(await listing.pathsOf(triggerId)).toEqual(['a.mov', ...found])
  })

  test('objects whose event came are left alone, an older event is of an older version', async () => {
    const { triggerId } = await bucket.template('told')
    const tell = (path: string, occurredAt: Date, size: number) =>
      recordEvents({
        ctx: depot.ctx.agent,
        triggerId,
        happenings: [{ kind: 'created', path, size, occurredAt, key: `${path} told` }],
      })
    for (const name of ['came', 'before', 'other-size']) await bucket.put(`told/${name}`, name)
    await tell('came', new Date(), 4)
    await tell('before', new Date(Date.now() - 3_600_000), 6)
    // Shortly before, and of another size: the version that was there then.
    await tell('other-size', new Date(Date.now() - 60_000), 1)
    await nextSecond()
    listing.start()
    await eventually('it was listed', async () => (await listing.stateOf(triggerId)) !== null, 30_000)
    expect(await listing.pathsOf(triggerId)).toEqual(['before', 'before', 'came', 'other-size', 'other-size'])
    expect(await listing.stateOf(triggerId)).toMatchObject({ state: 'warn', found: 2 })
  })

  test('a template that was off meanwhile begins anew; one without listings is left alone', async () => {
    const { id, triggerId } = await bucket.template('off')
    const never = await bucket.template('off', {
      triggers: [
        { type: 's3', queueUrl: 'http://127.0.0.1:1/1/q', region: 'us-east-1', listEveryMinutes: 0 },
      ],
    })
    const switchIt = (enabled: boolean) => updateTemplate({ ctx: depot.ctx.operator, id, input: { enabled } })
    await switchIt(false)
    await bucket.put('off/while-off')
    await nextSecond()
    await switchIt(true)
    await bucket.put('off/after')
    await nextSecond()
    listing.start()
    await eventually('it was listed', async () => (await listing.stateOf(triggerId)) !== null, 30_000)
    expect(await listing.pathsOf(triggerId)).toEqual(['after'])
    expect(await listing.stateOf(never.triggerId)).toBeNull()
  })

  test('a window that holds too much for one answer is halved, and one second never is', async () => {
    await nextSecond()
    const from = new Date(Math.floor(Date.now() / 1000) * 1000)
    for (let second = 0; second < 6; second += 1) {
      await Promise.all(Array.from({ length: 5 }, (_, n) => bucket.put(`many/${second}/${n}`)))
      await nextSecond()
    }
    const place = { type: 's3', root: 'footage', path: 'many', settings: bucket.settings }
    const list = async (most?: number) => {
      const parts: string[][] = []
      const { signal } = new AbortController()
      const how = { signal, ...(most && { most }) }
      for await (const part of listWindow(slot, place, { from, to: new Date() }, how)) {
        parts.push(part.map(({ path }) => path))
      }
      return parts
    }
    const all = Array.from({ length: 30 }, (_, n) => `${Math.floor(n / 5)}/${n % 5}`)
    expect((await list()).map((part) => part.sort())).toEqual([all])
    const opt = { recurse: true, filesOnly: true, noMimeType: true }
    const whole = await slot.raw('operations/list', { fs: storageOf(place), remote: '', opt }, { most: 1e6 })
    const parts = await list(Math.round(whole.length * 0.7))
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.flat().sort()).toEqual(all)
    await expect(list(100)).rejects.toThrow(TooManyObjectsError)
  })
})

test('a bucket that cannot be listed is told of, and what it had found stays', async () => {
  const bucket = await listing.bucket('fauxqs', onTestFinished)
  const { triggerId } = await bucket.template('in')
  await bucket.put('in/a.mov')
  await nextSecond()
  listing.start()
  await eventually('it was listed', async () => (await listing.stateOf(triggerId)) !== null, 30_000)
  const before = await listing.stateOf(triggerId)
  await bucket.stop()
  const failed = await listing.listed(triggerId)
  expect(failed).toMatchObject({ state: 'fail', found: 1, until: before?.until })
  expect(failed.message).toContain('could not be listed')
  expect(failed.message).not.toContain('listing-secret')
})

const { id, triggerId } = await (await listing.bucket('fauxqs')).template('in')
const [{ since } = { since: new Date() }] = await db.select().from(triggers).where(eq(triggers.id, triggerId))

describe('the event of what a listing has found', () => {
  const at = new Date('2026-11-20T10:00:00Z')
  const listedAt = new Date('2026-11-20T10:30:00Z')
  const listed = { triggerId, templateId: id, since, bucket: 'footage', prefix: 'in/' }
  const object = (path: string) => ({ path, size: 7, at })
  const late = (path: string, occurredAt: string, size: number | null = 7) => ({
    ...{ path, size, occurredAt: new Date(occurredAt) },
  })

  test('is known for it when it comes late, and a later version is not', async () => {
    const found = await db.transaction((tx) => recordFound(tx, listed, [object('a')], listedAt))
    expect(found).toBe(1)
    const happened = [
      late('a', '2026-11-20T10:00:00.700Z'),
      late('a', '2026-11-20T10:00:03Z', null),
      // An upload in parts: listed with the time of its beginning.
      late('a', '2026-11-20T10:20:00Z'),
      // Another size: another version.
      late('a', '2026-11-20T10:20:00Z', 8),
      // After the listing looked.
      late('a', '2026-11-20T10:40:00Z'),
      late('b', '2026-11-20T10:00:00Z'),
    ]
    const known = await db.transaction((tx) => foundByListing(tx, triggerId, happened))
    expect(known).toEqual([true, true, true, false, false, false])
  })

  test('is ignored when its message comes late', async () => {
    await db.transaction((tx) => recordFound(tx, listed, [object('m')], listedAt))
    const source = {
      agentId: depot.ctx.agent.actor.id,
      queue: queueOf({ queueUrl: NO_QUEUE } as S3TriggerSettings),
    }
    const body = notification(
      { bucket: 'footage', key: 'in/m', size: 7, at: '2026-11-20T10:00:01Z', sequencer: '01' },
      { bucket: 'footage', key: 'in/n', size: 7, at: '2026-11-20T10:00:01Z', sequencer: '01' },
    )
    await db.transaction((tx) => recordMessages(tx, source, [{ id: 'one', body }]))
    const told = await db
      .select({ path: events.path, state: events.state, reason: events.reason })
      .from(events)
      .where(and(eq(events.triggerId, triggerId), sql`${events.detail} ->> 'sequencer' is not null`))
      .orderBy(asc(events.path))
    expect(told).toEqual([
      { path: 'm', state: 'ignored', reason: FOUND_BEFORE },
      { path: 'n', state: 'pending', reason: null },
    ])
  })

  test('and the listing wait for each other: whoever comes second leaves it alone', async () => {
    const isHeld = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const message = db.transaction(async (tx) => {
      const [known] = await foundByListing(tx, triggerId, [late('c', at.toISOString())])
      expect(known).toBe(false)
      isHeld.resolve()
      await mayEnd.promise
      await recordIn(tx, triggerId, [
        { kind: 'created', path: 'c', size: 7, occurredAt: at, key: 'c of a message' },
      ])
    })
    await isHeld.promise
    // As if it had looked at the ledger before that: it looks again.
    const second = db.transaction((tx) => recordFound(tx, listed, [object('c')], new Date()))
    await eventually('the listing waits', async () => {
      const [waiting] = await depot.database
        .sql`select 1 from pg_locks where locktype = 'advisory' and not granted`
      return waiting !== undefined
    })
    mayEnd.resolve()
    await message
    expect(await second).toBe(0)
  })

  test('that was ignored for it does not stand for a later version', async () => {
    const later = { ...object('a'), at: new Date('2026-11-20T11:00:00Z') }
    await db.transaction((tx) =>
      recordIn(tx, triggerId, [
        { kind: 'created', path: 'a', size: 7, occurredAt: later.at, key: 'late', ignored: FOUND_BEFORE },
      ]),
    )
    expect(await db.transaction((tx) => recordFound(tx, listed, [later], new Date()))).toBe(1)
  })
})

test('a worker lists by itself once it leads', async () => {
  const { bucket, stateOf } = ownListing
  const { triggerId } = await (await bucket('fauxqs', onTestFinished)).template('in')
  const long = sql`now() - interval '1 hour'`
  await own.database.db.update(triggers).set({ since: long }).where(eq(triggers.id, triggerId))
  await own.worker(onTestFinished)
  await eventually('the bucket was listed', async () => (await stateOf(triggerId)) !== null, 60_000)
  expect(await stateOf(triggerId)).toMatchObject({ state: 'ok', found: 0 })
})
