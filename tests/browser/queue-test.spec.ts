import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, type Page } from '@playwright/test'
import { awsPlace, queuePolicyForBucket } from '#lib/s3-events/aws-side.ts'
import { tempFolder } from '#tests/support/files.ts'
import { startBackend } from '#tests/support/servers/s3.ts'
import { test as base, expectAccessible, expectFits, signIn } from './stocked.ts'

type Queues = { queues: { url: string; make(name: string, bucket?: string): Promise<string> } }

const KEY = { accessKeyId: 'AKIAQUEUETEST', secretAccessKey: 'queue-test-secret' }

const test = base.extend<object, Queues>({
  queues: [
    async ({ browserName: _ }, use) => {
      const ends: (() => Promise<unknown>)[] = []
      const later = (end: () => Promise<unknown>) => void ends.push(end)
      const { port, daemon } = await startBackend(await tempFolder(later), 'fauxqs')
      later(daemon.stop)
      const url = `http://127.0.0.1:${port}`
      const sqs = new SQSClient({ region: 'us-east-1', endpoint: url, credentials: { ...KEY } })
      await use({
        url,
        async make(QueueName, bucketPath) {
          const place = { region: 'us-east-1', queueUrl: `${url}/000000000000/${QueueName}` }
          const policy =
            bucketPath && queuePolicyForBucket(awsPlace({ ...place, bucketPath, kinds: ['created'] }))
          const Attributes: Record<string, string> = policy ? { Policy: JSON.stringify(policy) } : {}
          return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!
        },
      })
      for (const end of ends.toReversed()) await end()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

test.use({ house: 'queues' })
test.describe.configure({ mode: 'serial' })

let template = ''

const stages = (page: Page) => page.getByRole('status').filter({ has: page.getByRole('list') })

test('the queue of a template is tested from the page that walks through the AWS side', async ({
  page,
  stocked,
  queues,
}) => {
  const bucket = await stocked.call<{ id: string }>('POST', '/endpoints', {
    ...{ name: 'uploads', type: 's3', path: 'footage' },
    settings: {
      ...{ provider: 'Other', endpoint: queues.url, region: 'us-east-1', force_path_style: 'true' },
      ...{ access_key_id: KEY.accessKeyId, secret_access_key: KEY.secretAccessKey },
    },
  })
  const queueUrl = await queues.make('landed', 'footage/in')
  const made = await stocked.call<{ id: string }>('POST', '/templates', {
    ...{ name: 'Uploads', operation: 'copy', source: { endpointId: bucket.id, path: 'in' } },
    destinations: [{ endpointId: stocked.ids.archive, path: 'in' }],
    triggers: [{ type: 's3', queueUrl, region: 'us-east-1', endpointUrl: queues.url, settings: KEY }],
  })
  template = made.id
  await signIn(page, stocked, 'operator', `/templates/s3-events?template=${template}`)
  await page.getByRole('button', { name: 'Test the queue' }).click()
  await expect(stages(page)).toContainText('It works')
  await expect(stages(page)).toContainText('The bucket footage may send to it.')
  await expect(stages(page).getByRole('listitem')).toHaveCount(6)
  await expect(page.getByRole('main')).toContainText('Messages waiting')
  await expectAccessible(page)
  await expectFits(page)
})

test('the card of the trigger tests it too, and shows what the bucket’s listing found', async ({
  page,
  stocked,
}) => {
  await stocked.sql`update triggers set listing = ${stocked.sql.json({
    ...{ since: '', base: '', until: '', at: new Date().toISOString(), found: 3, foundAt: null },
    ...{ example: null, state: 'warn', message: '3 objects came without an event.' },
  })} where template_id = ${template}`
  await signIn(page, stocked, 'operator', `/templates/${template}`)
  const started = page.getByRole('list', { name: 'What starts it' })
  await expect(started).toContainText('3 objects came without an event.')
  await expect(started).toContainText('The bucket is listed every 60 min')
  await started.getByRole('button', { name: 'Test the queue' }).click()
  await expect(stages(page)).toContainText('It works')
  await expectAccessible(page)
  await expectFits(page)
})

test('the form tests what is typed, with the secret that is kept', async ({ page, stocked, queues }) => {
  await signIn(page, stocked, 'operator', `/templates/${template}/edit`)
  const silent = await queues.make('silent')
  const queue = page.getByLabel('URL of the queue')
  await queue.fill(silent)
  await page.getByRole('button', { name: 'Test the queue' }).click()
  await expect(stages(page)).toContainText('It answers, with a warning')
  await expect(stages(page)).toContainText('The queue has no access policy')
  await queue.fill(silent.replace('silent', 'gone'))
  await expect(stages(page)).toContainText('before the last change')
  await page.getByRole('button', { name: 'Test the queue' }).click()
  await expect(stages(page)).toContainText('It does not work yet')
  await expect(stages(page)).toContainText('There is no such queue')
  await expectAccessible(page)
  await page.getByLabel('Address of the service').fill('http://127.0.0.1:1')
  await page.getByRole('button', { name: 'Test the queue' }).click()
  await expect(page.getByText('write the secrets again')).toBeVisible()
  await page.getByLabel('List the bucket every').fill('0')
  await page.getByLabel('Address of the service').fill(queues.url)
  await page.getByRole('button', { name: 'Save the changes' }).click()
  await expect(page.getByText('The bucket is not listed.')).toBeVisible()
  await expectFits(page)
})
