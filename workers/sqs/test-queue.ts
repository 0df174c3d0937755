import type { GetQueueAttributesResult, SQSClient } from '@aws-sdk/client-sqs'
import { testQueueQuestionSchema } from '#lib/agents/protocol.ts'
import type { Address } from '#lib/endpoints/kinds/kind.ts'
import { DomainError } from '#lib/errors.ts'
import { awsPlace } from '#lib/s3-events/aws-side.ts'
import { queueOrigin } from '#lib/s3-events/queue-address.ts'
import { sendersOf } from '#lib/s3-events/queue-policy.ts'
import type { QueueFacts, QueueTest } from '#lib/s3-events/queue-test-schema.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { Deadline } from '../endpoints/deadline.ts'
import { connectTo, resolveHost, secureTls } from '../endpoints/reach.ts'
import { Stages, type Verdict } from '../endpoints/stages.ts'
import { redactor } from '../secrets/redactor.ts'
import { queueClient } from './queue-client.ts'
import { openQueueKey, type QueueAccess, type QueueKey } from './queue-key.ts'
import { refusalOf } from './refusals.ts'

type StageName = QueueTest['stages'][number]['stage']
type Attributes = NonNullable<GetQueueAttributesResult['Attributes']>

/** Whoever asked waits for 15 s (lib/agents/questions.ts). */
const WHOLE_MS = 12_500
/** AWS takes signatures of five minutes; the SDK corrects the clock by itself, rclone does not. */
const MOST_SKEW_MS = 5 * 60_000

/**
 * Whether a queue can be read, and whether the bucket may send to it, in stages that end at the first that fails. Only
 * its attributes are asked for: no message is received, so none is hidden from anybody or deleted.
 */
export async function testQueue(ring: KeyRing | null, input: unknown): Promise<QueueTest> {
  const asked = testQueueQuestionSchema.parse(input)
  const stages = new Stages<StageName>()
  const deadline = new Deadline(WHOLE_MS)
  const facts = await walk(stages, deadline, ring, asked)
  return { ok: stages.ok, stages: stages.rows, facts }
}

async function walk(
  stages: Stages<StageName>,
  deadline: Deadline,
  ring: KeyRing | null,
  asked: QueueAccess & { bucket: string },
): Promise<QueueFacts | null> {
  let key: QueueKey = null
  const ready = await stages.run('settings', async () => {
    const other = otherRegion(asked)
    if (other) return other
    try {
      key = await openQueueKey(ring, asked)
    } catch (error) {
      if (error instanceof DomainError) return { cause: 'secret', message: error.message }
      throw error
    }
    stages.hidden = redactor(key ? [key.secretAccessKey, key.sessionToken ?? ''] : [])
    return key ? 'The key is at hand.' : 'No key is given: the agent’s own role is used.'
  })
  if (!ready || !(await reach(stages, deadline, addressOf(queueOrigin(asked))))) return null
  const client = await queueClient(asked, key, { maxAttempts: 2, connectMs: deadline.atMost(5000) })
  try {
    const attributes = await ask(stages, deadline, client, asked.queueUrl)
    if (!attributes) return null
    const facts = factsOf(attributes)
    stages.tell('queue', queueWords(facts, asked.queueUrl), 0)
    const place = awsPlace({ bucketPath: asked.bucket, ...asked, kinds: [] })
    stages.tell('policy', policyWords(attributes.Policy, place, facts.arn), 0)
    return facts
  } finally {
    client.destroy()
  }
}

async function reach(stages: Stages<StageName>, deadline: Deadline, address: Address): Promise<boolean> {
  return (
    (await stages.run('resolve', () => resolveHost(address, deadline.atMost(5000)))) &&
    (await stages.run('connect', () => connectTo(address, deadline.atMost(5000)))) &&
    (address.secure !== 'tls' || stages.run('secure', () => secureTls(address, deadline.atMost(5000))))
  )
}

function addressOf({ protocol, hostname, port }: URL): Address {
  const tls = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(port) || (tls ? 443 : 80), secure: tls ? 'tls' : null }
}

/** AWS's own URLs name their region; another one is refused there in words that say less. */
function otherRegion({ queueUrl, region, endpointUrl }: QueueAccess): Verdict | null {
  const named = /^https?:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\//.exec(queueUrl)?.[1]
  if (endpointUrl !== undefined || named === undefined || named === region) return null
  return { cause: 'region', message: `The queue’s URL is of ${named}, and the region says ${region}.` }
}

async function ask(
  stages: Stages<StageName>,
  deadline: Deadline,
  client: SQSClient,
  queueUrl: string,
): Promise<Attributes | null> {
  const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs')
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] })
  const began = performance.now()
  const tookMs = () => performance.now() - began
  try {
    const { Attributes } = await client.send(command, { abortSignal: AbortSignal.timeout(deadline.left) })
    const skewMs = client.config.systemClockOffset
    const late = `${Math.round(Math.abs(skewMs) / 60_000)} min ${skewMs > 0 ? 'behind' : 'ahead of'} AWS’s`
    const skewed = {
      warning: `The key is taken, but the agent’s clock is ${late}. The queue is read all the same; S3 would refuse transfers. Set the clock (NTP).`,
    }
    stages.tell('sign_in', Math.abs(skewMs) > MOST_SKEW_MS ? skewed : 'The key is taken.', tookMs())
    return Attributes ?? {}
  } catch (error) {
    const { stage, ...refusal } = refusalOf(error)
    if (stage === 'queue' && refusal.cause !== 'wrong_server') {
      stages.tell('sign_in', 'The key is taken.', tookMs())
    }
    stages.tell(stage, refusal, tookMs())
    return null
  }
}

function factsOf(attributes: Attributes): QueueFacts {
  const number = (text: string | undefined) => {
    const value = Number(text)
    return text === undefined || !Number.isSafeInteger(value) ? null : value
  }
  return {
    arn: attributes.QueueArn ?? null,
    waiting: number(attributes.ApproximateNumberOfMessages),
    inFlight: number(attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: number(attributes.ApproximateNumberOfMessagesDelayed),
    retentionSeconds: number(attributes.MessageRetentionPeriod),
    visibilitySeconds: number(attributes.VisibilityTimeout),
    deadLetter: deadLetterOf(attributes.RedrivePolicy),
    fifo: attributes.FifoQueue === 'true',
  }
}

function deadLetterOf(redrive: string | undefined): QueueFacts['deadLetter'] {
  if (!redrive) return null
  try {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(redrive) as Record<string, unknown>
    const count = Number(maxReceiveCount)
    if (typeof deadLetterTargetArn !== 'string') return null
    return { arn: deadLetterTargetArn, maxReceives: Number.isSafeInteger(count) ? count : null }
  } catch {
    return null
  }
}

function queueWords({ fifo, waiting, inFlight }: QueueFacts, queueUrl: string): Verdict {
  const name = new URL(queueUrl).pathname.split('/').at(-1)
  if (fifo) return { warning: `${name} is a FIFO queue: S3 sends to standard queues only.` }
  return `${name} is there: ${waiting ?? '?'} waiting, ${inFlight ?? '?'} in flight.`
}

const between = { topic: 'an SNS topic', rule: 'an EventBridge rule' } as const

function policyWords(
  policy: string | undefined,
  place: ReturnType<typeof awsPlace>,
  arn: string | null,
): Verdict {
  const { by, warning } = sendersOf(policy, place, arn)
  if (warning) return { warning }
  const bucket = place.bucket === 'BUCKET' ? 'A bucket' : `The bucket ${place.bucket}`
  if (by.includes('bucket')) return `${bucket} may send to it.`
  const through = by.flatMap((sender) => (sender === 'bucket' ? [] : [between[sender]])).join(' or ')
  return `${through[0]!.toUpperCase()}${through.slice(1)} may send to it. Whether the bucket tells that cannot be seen from here.`
}
