import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { TestQueueInput } from '#lib/s3-events/queue-test-schema.ts'
import { openDepot } from '#tests/support/depot.ts'
import { answering, key, queueAsker, region, SECRET } from '#tests/support/queue-asking.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { ask } = queueAsker(depot)

const refusing =
  (status: number, name: string, message: string, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers })
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${name}`, message }))
  }

test.each([
  [
    'an access key that is not known',
    403,
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
    'sign_in',
    'sign_in',
    'does not know this access key',
  ],
  [
    'a wrong secret',
    403,
    'InvalidSignatureException',
    'The request signature we calculated does not match',
    'sign_in',
    'sign_in',
    'secret access key is not that',
  ],
  [
    'a clock that differs',
    403,
    'InvalidSignatureException',
    'Signature expired: 20261121T100000Z is now earlier than',
    'sign_in',
    'clock_skew',
    'clock',
  ],
  [
    'another region',
    403,
    'InvalidSignatureException',
    "Credential should be scoped to a valid region, not 'us-east-1'.",
    'sign_in',
    'region',
    'region',
  ],
  [
    'a session that is over',
    403,
    'ExpiredTokenException',
    'The security token included in the request is expired',
    'sign_in',
    'sign_in',
    'session token has expired',
  ],
  [
    'a right that is missing',
    403,
    'AccessDeniedException',
    'User: arn:aws:iam::1:user/a is not authorized to perform: sqs:getqueueattributes',
    'queue',
    'denied',
    'sqs:GetQueueAttributes',
  ],
  [
    'an explicit denial',
    403,
    'AccessDeniedException',
    'not authorized to perform … with an explicit deny in a resource-based policy',
    'queue',
    'denied',
    'denies sqs:GetQueueAttributes',
  ],
  ['what nobody knows', 400, 'SomethingNew', 'What is this?', 'queue', 'unknown', 'own words'],
] as const)('%s is told apart', async (_, status, name, words, stage, cause, message) => {
  const url = await answering(refusing(status, name, `${words} (${SECRET})`))
  const { ok, stages } = await ask({ queueUrl: `${url}/1/q`, region, settings: key })
  expect(ok).toBe(false)
  expect(stages.at(-1)).toMatchObject({ stage, cause, message: expect.stringContaining(message) })
  expect(stages.at(-1)?.words).toContain(words.slice(0, 20))
  expect(JSON.stringify(stages)).not.toContain(SECRET)
})

test('a clock that AWS tells to be another is warned of, where the queue is read all the same', async () => {
  let tries = 0
  const url = await answering((request, response) => {
    tries += 1
    const date = new Date(Date.now() + 20 * 60_000).toUTCString()
    if (tries === 1) return refusing(403, 'RequestTimeTooSkewed', 'Too skewed.', { date })(request, response)
    request.resume()
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', date }).end('{"Attributes":{}}')
  })
  const { ok, stages } = await ask({ queueUrl: `${url}/1/q`, region, settings: key })
  expect(ok).toBe(true)
  expect(stages.find(({ stage }) => stage === 'sign_in')).toMatchObject({
    ...{ ok: true, warning: true },
    message: expect.stringContaining('20 min behind'),
  })
})

test('a host that nobody knows, a closed port, a silent service and no key are told apart', async () => {
  const last = async (input: TestQueueInput) => (await ask(input)).stages.at(-1)
  const given = { region, settings: key }
  expect(await last({ ...given, queueUrl: 'http://no-such-host.invalid/1/q' })).toMatchObject({
    ...{ stage: 'resolve', ok: false, cause: 'host_unknown' },
  })
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  expect(await last({ ...given, queueUrl: `http://127.0.0.1:${port}/1/q` })).toMatchObject({
    ...{ stage: 'connect', ok: false, cause: 'network', message: expect.stringContaining('refuses port') },
  })
  const silent = createSocketServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/1/q`
  expect(await last({ ...given, queueUrl: silentUrl })).toMatchObject({ stage: 'sign_in', cause: 'network' })
  expect(await last({ queueUrl: silentUrl, region, settings: { accessKeyId: 'AKIA' } })).toMatchObject({
    ...{ stage: 'settings', ok: false, message: expect.stringContaining('no secret access key') },
  })
  const other = 'https://sqs.eu-central-1.amazonaws.com/123456789012/q'
  expect(await last({ ...given, queueUrl: other })).toMatchObject({ stage: 'settings', cause: 'region' })
})
