import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import postgres from 'postgres'
import type { EventSummary } from '#lib/events/schema.ts'
import type { Template } from '#lib/templates/schema.ts'
import { notification } from '#tests/support/s3-messages.ts'
import { REGION, type SqsServer, startSqs, type TestQueue } from '#tests/support/servers/sqs.ts'
import { childTree } from './processes.ts'
import { inParallel, type Row } from './scene.ts'
import type { Stage } from './stage.ts'

const OBJECTS = 5000
const EVENTS = 10_000

/**
 * Ten thousand events of five thousand objects, each told twice, shuffled, in one queue of fauxqs, in whose memory the
 * objects lie as well. Beside it a client that receives and deletes as many and does nothing.
 */
export async function s3Events(stage: Stage): Promise<Row[]> {
  const ends: (() => Promise<void>)[] = []
  try {
    const sqs = await startSqs((end) => ends.push(end))
    await fetch(`${sqs.direct}/bench`, { method: 'PUT' })
    const worker = () => childTree(stage.parent.pid!, 'workers/main')[0]!.cpuSeconds
    await inParallel(16, OBJECTS, (n) => put(sqs, `bench/in/f${n}`))
    const bare = await filled(sqs, 'bare')
    const bareTook = await drain(sqs, bare)
    const alone = await listen(stage, sqs, await filled(sqs, 'alone'), {
      name: 's3-alone',
      pattern: '*.none',
    })
    await alone.over()
    const before = worker()
    const all = await listen(stage, sqs, await filled(sqs, 'all'), { name: 's3-all', pattern: '*' })
    const doneAt = await until(async () => (await all.summary()).transferred >= OBJECTS, 100)
    await all.over()
    const cpu = worker() - before
    const { received, transferred } = await all.summary()
    const transfers = await countTransfers(stage)
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
    const perSecond = ({ took }: Heard) => `${Math.round(EVENTS / (took / 1000))} events/s`
    return [
      {
        what: '10,000 S3 events, half of them duplicates: written down and deleted from the queue, alone / while they travel',
        figure: `${perSecond(alone.heard)} (${seconds(alone.heard.took)}) / ${perSecond(all.heard)} (${seconds(all.heard.took)}); fauxqs drained by a client that does nothing: ${seconds(bareTook)}`,
        reach: 'events/s reported',
      },
      {
        what: 'template saved → all of them transferred',
        figure: `${transfers} transfers; ${transferred} of ${received} events, after ${seconds(doneAt - all.heard.savedAt)}; processor time of the worker ${cpu.toFixed(1)} s`,
        reach: 'exactly 5,000',
      },
    ]
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

async function put(sqs: SqsServer, key: string): Promise<void> {
  const answer = await fetch(`${sqs.direct}/${key}`, { method: 'PUT', body: key })
  if (!answer.ok) throw new Error(`${key} was not put: ${answer.status}`)
}

async function filled(sqs: SqsServer, name: string): Promise<TestQueue> {
  const queue = await sqs.queue(name)
  const bodies = Array.from({ length: EVENTS }, (_, n) => {
    // 7 has no divisor in common with 5,000, so that each object comes twice, far from itself.
    const object = (n * 7) % OBJECTS
    const sequencer = `00${object.toString(16).padStart(6, '0')}1`
    return notification({
      bucket: 'bench',
      key: `in/f${object}`,
      size: `bench/in/f${object}`.length,
      sequencer,
    })
  })
  await queue.send(...bodies)
  return queue
}

/** As many loops as ours; receives and deletes. */
async function drain({ direct, keys }: SqsServer, { url: QueueUrl }: TestQueue): Promise<number> {
  const client = new SQSClient({ region: REGION, endpoint: direct, credentials: { ...keys } })
  const began = performance.now()
  let taken = 0
  await inParallel(8, 8, async () => {
    while (taken < EVENTS) {
      const call = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
      const { Messages = [] } = await client.send(call)
      taken += Messages.length
      if (Messages.length === 0) continue
      const Entries = Messages.map(({ MessageId: Id, ReceiptHandle }) => ({ Id, ReceiptHandle }))
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    }
  })
  client.destroy()
  return performance.now() - began
}

type Heard = { savedAt: number; took: number }

/** A template over the queue; resolves when the queue is empty. `over` waits for what would come twice, then ends it. */
async function listen(
  stage: Stage,
  sqs: SqsServer,
  queue: TestQueue,
  { name, pattern }: { name: string; pattern: string },
) {
  const folder = join(stage.files, name)
  await mkdir(folder)
  const endpoint = (body: object) => stage.api<{ id: string }>('POST', '/endpoints', body)
  const source = await endpoint({
    ...{ name: `${name}-from`, type: 's3', path: 'bench/in' },
    settings: {
      ...{ provider: 'Other', endpoint: sqs.direct, region: REGION, force_path_style: true },
      ...{ access_key_id: sqs.keys.accessKeyId, secret_access_key: sqs.keys.secretAccessKey },
    },
  })
  const destination = await endpoint({ name: `${name}-to`, type: 'local', path: folder })
  const savedAt = performance.now()
  const { id } = await stage.api<Template>('POST', '/templates', {
    ...{ name, pattern, operation: 'copy', source: { endpointId: source.id, path: '' } },
    destinations: [{ endpointId: destination.id, path: '' }],
    triggers: [
      {
        ...{ type: 's3', queueUrl: queue.url, region: REGION, endpointUrl: sqs.direct, settings: sqs.keys },
      },
    ],
  })
  const summary = () => stage.api<EventSummary>('GET', `/events/summary?templateId=${id}`)
  const firstAt = await until(async () => (await summary()).received > 0, 10)
  const took = (await until(async () => (await queue.left()) === 0, 100)) - firstAt
  return {
    summary,
    heard: { savedAt, took } satisfies Heard,
    async over() {
      await sleep(3000)
      await stage.api('DELETE', `/templates/${id}`)
    },
  }
}

/** Resolves with the time at which it held. */
async function until(holds: () => Promise<boolean>, everyMs: number): Promise<number> {
  while (!(await holds())) await sleep(everyMs)
  return performance.now()
}

async function countTransfers(stage: Stage): Promise<number> {
  const sql = postgres(stage.databaseUrl, { max: 1, onnotice: () => {} })
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from transfers t join jobs j on j.id = t.job_id
    where j.trigger = 's3' and t.state = 'completed'`
  await sql.end()
  return row!.count
}
