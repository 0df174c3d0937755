import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { awsPlace, queuePolicyForBucket } from '#lib/s3-events/aws-side.ts'
import { testQueue } from '#lib/s3-events/test-queue.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { openDepot } from '#tests/support/depot.ts'
import { tempFolder } from '#tests/support/files.ts'
import { answering, key, queueAsker, region, SECRET } from '#tests/support/queue-asking.ts'
import { type Backend, hasMoto, startBackend } from '#tests/support/servers/s3.ts'

const depot = await openDepot()
const worker = await depot.worker(afterAll)
const { ctx, ask } = queueAsker(depot)

const backends: Backend[] = hasMoto() ? ['fauxqs', 'moto'] : ['fauxqs']

describe.each(backends)('a queue of %s', async (backend) => {
  const { port, daemon } = await startBackend(await tempFolder(afterAll), backend)
  afterAll(daemon.stop)
  const endpointUrl = `http://127.0.0.1:${port}`
  const sqs = new SQSClient({ region, endpoint: endpointUrl, credentials: { ...key } })
  const make = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!
  const place = { region, endpointUrl, settings: key, bucket: 'footage/in' }
  /** As the emulator calls the account. */
  const policyOf = (queueUrl: string, bucketPath = 'footage/in') =>
    JSON.stringify(queuePolicyForBucket(awsPlace({ bucketPath, queueUrl, region, kinds: ['created'] })))

  test('is told stage by stage, with what it says of itself, and no message is touched', async () => {
    const dead = await make('dead')
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    )
    const queueUrl = await make('events', {
      ...{
        VisibilityTimeout: '45',
        MessageRetentionPeriod: '86400',
        Policy: policyOf(dead.replace(/dead$/, 'events')),
      },
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 5 }),
    })
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'one' }))
    const result = await ask({ ...place, queueUrl })
    expect(result).toMatchObject({
      ok: true,
      facts: {
        ...{
          waiting: 1,
          inFlight: 0,
          delayed: 0,
          retentionSeconds: 86_400,
          visibilitySeconds: 45,
          fifo: false,
        },
        deadLetter: { arn: Attributes?.QueueArn, maxReceives: 5 },
      },
    })
    expect(result.stages.map(({ stage, warning }) => [stage, warning])).toEqual([
      ['settings', undefined],
      ['resolve', undefined],
      ['connect', undefined],
      ['sign_in', undefined],
      ['queue', undefined],
      ['policy', undefined],
    ])
    expect(result.stages.at(-1)?.message).toBe('The bucket footage may send to it.')
    // It is as it was: nobody received it.
    expect((await ask({ ...place, queueUrl })).facts).toMatchObject({ waiting: 1, inFlight: 0 })
    expect((await ask({ ...place, queueUrl, bucket: 'other' })).stages.at(-1)).toMatchObject({
      ...{ stage: 'policy', ok: true, warning: true },
      message: expect.stringContaining('lets the bucket other send'),
    })
  })

  test('that is not there is said to be missing', async () => {
    const queueUrl = (await make('there')).replace(/there$/, 'gone')
    expect(await ask({ ...place, queueUrl })).toMatchObject({ ok: false, facts: null })
    expect((await ask({ ...place, queueUrl })).stages.slice(-2)).toMatchObject([
      { stage: 'sign_in', ok: true },
      { stage: 'queue', ok: false, cause: 'source_missing', words: expect.stringMatching(/queue/i) },
    ])
  })

  test('without a policy, and a FIFO one, are warned of', async () => {
    const { stages } = await ask({ ...place, queueUrl: await make('first.fifo', { FifoQueue: 'true' }) })
    expect(stages.slice(-2)).toMatchObject([
      { stage: 'queue', ok: true, warning: true, message: expect.stringContaining('FIFO') },
      { stage: 'policy', ok: true, warning: true, message: expect.stringContaining('no access policy') },
    ])
  })
})

test('a saved trigger is tested with its own secrets, which go to no other host', async () => {
  let asked = ''
  const url = await answering((request, response) => {
    // The worker listens to the queue of a saved trigger meanwhile.
    const isTest = String(request.headers['x-amz-target']).endsWith('GetQueueAttributes')
    if (isTest) asked = request.headers.authorization ?? ''
    request.resume()
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Attributes":{}}')
  })
  const bucket = await createEndpoint({
    ctx: { ...depot.ctx.owner, ask: ctx.ask },
    input: { name: 'bucket', type: 's3', path: 'footage', settings: { provider: 'AWS', env_auth: 'true' } },
  })
  const template = await createTemplate({
    ctx,
    input: {
      ...{ name: 'uploads', operation: 'copy', source: { endpointId: bucket.id, path: 'in' } },
      destinations: [{ endpointId: depot.destination.id, path: '' }],
      triggers: [{ type: 's3', queueUrl: `${url}/1/q`, region, settings: key }],
    },
  })
  const triggerId = template.triggers[0]!.id
  const { ok, stages } = await ask({ triggerId })
  expect(ok).toBe(true)
  expect(asked).toContain(`Credential=${key.accessKeyId}/`)
  expect(stages.at(-1)?.message).toContain('the bucket footage may not send')
  // As the form sends it, with what it has read of the secrets.
  const read = { accessKeyId: 'AKIAOTHER', secretAccessKey: { set: true } }
  expect(await ask({ triggerId, settings: read })).toMatchObject({ ok: true })
  expect(asked).toContain('Credential=AKIAOTHER/')
  const elsewhere = { triggerId, queueUrl: 'http://127.0.0.1:1/1/q' }
  await expect(ask(elsewhere)).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'settings.secretAccessKey' }] },
  })
  // Half a key is refused, as of a template that was copied without what is sealed for this one.
  const copied = (settings: object) =>
    createTemplate({
      ctx,
      input: {
        ...{ name: 'copied', operation: 'copy', source: { endpointId: bucket.id, path: 'in' } },
        destinations: [{ endpointId: depot.destination.id, path: '' }],
        triggers: [{ type: 's3', queueUrl: `${url}/1/q`, region, settings }],
      },
    })
  await expect(copied(read)).rejects.toMatchObject({
    issues: [{ path: 'triggers.0.settings.secretAccessKey' }],
  })
  await expect(copied({ secretAccessKey: 'other' })).rejects.toMatchObject({
    issues: [{ path: 'triggers.0.settings.accessKeyId' }],
  })
  // Nor may they be saved for one.
  const moved = { type: 's3', queueUrl: elsewhere.queueUrl, region, settings: read }
  const save = (trigger: object) =>
    updateTemplate({ ctx, id: template.id, input: { triggers: [{ id: triggerId, ...trigger }] } })
  await expect(save(moved)).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'triggers.0.settings.secretAccessKey' }] },
  })
  await expect(save({ ...moved, queueUrl: `${url}/1/other` })).resolves.toMatchObject({ id: template.id })
  expect((await ask({ ...elsewhere, settings: key })).stages.at(-1)).toMatchObject({ stage: 'connect' })
  expect(worker.output()).not.toContain(SECRET)
})

test('who may not, and what is not whole, is refused before anybody is asked', async () => {
  const input = { queueUrl: 'http://127.0.0.1:1/1/q', region }
  await expect(testQueue({ ctx: { ...depot.ctx.viewer, ask: ctx.ask }, input })).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await expect(ask({ region })).rejects.toMatchObject({ kind: 'invalid', issues: [{ path: 'queueUrl' }] })
  await expect(ask({ ...input, settings: { password: 'x' } })).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'settings.password' }] },
  })
  vi.stubEnv('FILE_ORBIT_BLOCK_PRIVATE_HOSTS', '1')
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(ask(input)).rejects.toMatchObject({ kind: 'invalid', issues: [{ path: 'queueUrl' }] })
  const metadata = {
    queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/q',
    region: 'eu-central-1',
  }
  await expect(ask({ ...metadata, endpointUrl: 'http://169.254.169.254' })).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'endpointUrl' }] },
  })
})
