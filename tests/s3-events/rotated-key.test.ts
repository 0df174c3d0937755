import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { markStopped } from '#lib/agents/register-worker.ts'
import { newKeyText, parseKeyRing } from '#lib/secrets/keys.ts'
import { rotateSecrets } from '#lib/secrets/rotate-secrets.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { notification } from '#tests/support/s3-messages.ts'
import { openS3Yard } from '#tests/support/s3-yard.ts'
import { testSecretKey } from '#tests/support/secret-keys.ts'

vi.setConfig({ testTimeout: 120_000 })

test('after a rotation the queue is read by a worker that has the new key alone', async () => {
  const { depot, sqs, worker, put, template } = await openS3Yard()
  await markStopped({ ctx: depot.ctx.agent, workerId: depot.ctx.workerId })
  const queue = await sqs.queue('rotated')
  const cards = await template('rotated', queue, { path: 'rotated' })
  await worker.end('SIGTERM')
  const key = newKeyText()
  const withKeys = (text: string) => depot.worker(afterAll, { env: { FILE_ORBIT_SECRET_KEY: text } })
  const both = await withKeys(`${key} ${testSecretKey}`)
  const ring = parseKeyRing(`${key} ${testSecretKey}`)
  // The secret key of the bucket's endpoint, and that of its queue.
  expect(await rotateSecrets({ ctx: depot.ctx.system, ring })).toMatchObject({ resealed: 2, failed: [] })
  await both.end('SIGTERM')
  await withKeys(key)
  await put('rotated/a')
  await queue.send(notification({ key: 'rotated/a' }))
  await cards.settled(1)
  expect(Object.keys(survey(join(depot.out, 'rotated')))).toEqual(['a'])
})
