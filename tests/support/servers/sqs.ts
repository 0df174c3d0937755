import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { type Backend, startBackend } from './s3.ts'

export const REGION = 'us-east-1'
const KEYS = { accessKeyId: 'AKIAQUEUES', secretAccessKey: 'queues-secret' }

/** How Amazon refuses: its name and status. */
type Refusal = { status: number; name: string }

/** What the gate before the server does with a call of SQS, such as ReceiveMessage. Changeable while it runs. */
export type SqsRules = {
  accessKey: string
  refuse(action: string): Refusal | null
  /** The call is kept until the promise resolves; what it is for then is done, or not when its client is gone. */
  hold(action: string): Promise<void> | null
}

export type TestQueue = {
  url: string
  arn: string
  send(...bodies: string[]): Promise<void>
  /** How many messages lie in it, those that somebody has received and not deleted included. */
  left(): Promise<number>
  remove(): Promise<void>
  /** A topic of SNS that sends on to it; resolves with what publishes there. */
  topic(name: string, raw: boolean): Promise<(message: string) => Promise<void>>
}

export type SqsServer = {
  backend: Backend
  /** Through the gate. */
  endpoint: string
  /** Without it: S3, SNS and all else. */
  direct: string
  keys: typeof KEYS
  rules: SqsRules
  /** Stops answering, and answers again at the same address. */
  cut(): void
  join(): Promise<void>
  queue(name: string): Promise<TestQueue>
}

/** SQS, SNS and S3 of one emulator; calls of SQS pass a gate that looks at the access key and does what a test wants. */
export async function startSqs(later: Later, wanted: Backend = 'fauxqs'): Promise<SqsServer> {
  const behind = await startBackend(await tempFolder(later), wanted)
  later(behind.daemon.stop)
  const direct = `http://127.0.0.1:${behind.port}`
  const rules: SqsRules = { accessKey: KEYS.accessKeyId, refuse: () => null, hold: () => null }
  const server = createServer((request, response) => {
    pass(request, response, rules, behind.port).catch(() => response.destroy())
  })
  // Of those that no connection is given: it is let go and taken again.
  server.listen(await freePort(), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new SQSClient({ region: REGION, endpoint: direct, credentials: { ...KEYS } })
  later(async () => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  })
  return {
    ...{ backend: behind.name, endpoint: `http://127.0.0.1:${port}`, direct, keys: KEYS, rules },
    cut() {
      server.close()
      server.closeAllConnections()
    },
    async join() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    queue: (name) => openQueue(client, direct, name),
  }
}

async function openQueue(client: SQSClient, direct: string, name: string): Promise<TestQueue> {
  const { QueueUrl: url = '' } = await client.send(new CreateQueueCommand({ QueueName: name }))
  const about = async (...names: ('QueueArn' | 'ApproximateNumberOfMessages' | typeof HIDDEN)[]) => {
    const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names })
    return (await client.send(asked)).Attributes ?? {}
  }
  const arn = (await about('QueueArn')).QueueArn!
  return {
    ...{ url, arn },
    async topic(topicName, raw) {
      const made = await askSns(direct, { Action: 'CreateTopic', Name: topicName })
      const TopicArn = /<TopicArn>([^<]+)</.exec(made)![1]!
      await askSns(direct, {
        ...{ Action: 'Subscribe', TopicArn, Protocol: 'sqs', Endpoint: arn },
        ...{ 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': String(raw) },
      })
      return async (Message) => void (await askSns(direct, { Action: 'Publish', TopicArn, Message }))
    },
    async send(...bodies) {
      for (let at = 0; at < bodies.length; at += 10) {
        const Entries = bodies.slice(at, at + 10).map((MessageBody, n) => ({ Id: String(n), MessageBody }))
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
        if (Failed.length > 0) throw new Error(`Not sent: ${JSON.stringify(Failed)}`)
      }
    },
    async left() {
      const found = await about('ApproximateNumberOfMessages', HIDDEN)
      return Number(found.ApproximateNumberOfMessages) + Number(found[HIDDEN])
    },
    async remove() {
      await client.send(new DeleteQueueCommand({ QueueUrl: url }))
    },
  }
}

async function askSns(direct: string, call: Record<string, string>): Promise<string> {
  const answer = await fetch(direct, {
    method: 'POST',
    // By the service in it the emulator tells SNS from SQS; nobody checks the signature.
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=K/20261121/${REGION}/sns/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ ...call, Version: '2010-03-31' }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${call.Action}: ${answer.status} ${text}`)
  return text
}

const HIDDEN = 'ApproximateNumberOfMessagesNotVisible'

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  rules: SqsRules,
  port: number,
): Promise<void> {
  const body = await buffer(request)
  const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
  const isKnown = request.headers.authorization?.includes(`Credential=${rules.accessKey}/`)
  const refusal = isKnown ? rules.refuse(action) : { status: 403, name: 'InvalidClientTokenId' }
  if (refusal) {
    response.writeHead(refusal.status, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(
      JSON.stringify({ __type: `com.amazonaws.sqs#${refusal.name}`, message: 'Refused by a test.' }),
    )
    return
  }
  await rules.hold(action)
  if (request.socket.destroyed) return
  const { method, url: path, headers } = request
  const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers })
  response.once('close', () => onward.destroy())
  onward.on('error', () => response.destroy())
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
  answer.pipe(response)
}
