import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { queueOf } from '#lib/s3-events/find-queues.ts'
import { recordMessages } from '#lib/s3-events/record-messages.ts'
import { byEventBridge, notification } from '#tests/support/s3-messages.ts'
import { openS3Yard } from '#tests/support/s3-yard.ts'

vi.setConfig({ testTimeout: 120_000 })

const { depot, sqs, template } = await openS3Yard(afterAll)

/** Any text that JSON can carry, NUL and half characters among it, and what looks like a path or a number. */
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `${text}\ud800\0`.slice(0, -1)),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    '/',
    '..',
    'in/../x',
    'null',
    '\0',
    '\udfff',
    'x'.repeat(5000),
    `in/${'ü'.repeat(200)}`,
  ),
)
const told = fc.record({
  bucket: fc.oneof(fc.constant('orbit'), anything),
  key: anything,
  eTag: anything,
  versionId: anything,
  sequencer: fc.oneof(fc.constantFrom('', '0', '00A', 'a0'), anything),
  size: fc.oneof(fc.nat(), fc.maxSafeInteger(), fc.double()),
  eventName: fc.oneof(fc.constantFrom('ObjectCreated:Put', 'ObjectRemoved:Delete', 's3:x'), anything),
  at: fc.oneof(fc.date({ noInvalidDate: false }).map(String), fc.constant('2026-11-21T02:30:00Z'), anything),
})

test('whatever messages hold, it is written down, and each is accounted for', async () => {
  const queue = await sqs.queue('hostile')
  const a = await template('hostile', queue, { path: 'in', more: { pattern: '*.none' } })
  const [trigger] = a.template.triggers
  if (trigger?.type !== 's3') throw new Error('No trigger of S3')
  const source = { agentId: depot.ctx.agent.actor.id, queue: queueOf(trigger) }
  await fc.assert(
    fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 20 }), async (events) => {
      const bodies = events.flatMap((event) => {
        // As S3 would not encode it.
        const raw = JSON.parse(notification({ ...event, key: 'x' }))
        raw.Records[0].s3.object.key = event.key
        return [byEventBridge(event), JSON.stringify(raw), event.key]
      })
      const messages = bodies.map((body) => ({ id: randomUUID(), body }))
      await depot.database.db.transaction((tx) => recordMessages(tx, source, messages))
    }),
    { numRuns: 60 },
  )
  const { received, unaccounted, dead } = await a.summary()
  expect(unaccounted).toBe(0)
  expect(dead).toBeGreaterThan(60)
  expect(received).toBe((await a.events()).length)
})
