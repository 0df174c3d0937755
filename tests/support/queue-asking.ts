import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { LiveHub } from '#lib/live/hub.ts'
import type { QueueTest, TestQueueInput } from '#lib/s3-events/queue-test-schema.ts'
import { testQueue } from '#lib/s3-events/test-queue.ts'
import type { Depot } from './depot.ts'

export const region = 'us-east-1'
export const SECRET = 'canary-queue-secret-0123456789'
export const key = { accessKeyId: 'AKIAQUEUETEST', secretAccessKey: SECRET }

/** Asks the worker of a depot, as the web would. */
export function queueAsker(depot: Depot): {
  ctx: Context
  ask: (input: TestQueueInput) => Promise<QueueTest>
} {
  const hub = new LiveHub(depot.database.sql)
  const ctx: Context = { ...depot.ctx.operator, ask: asker(depot.database.db, hub) }
  return { ctx, ask: (input) => testQueue({ ctx, input }) }
}

/** A service that answers as Amazon does in such a case (the SQS API's common errors, as its JSON protocol has them). */
export async function answering(handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
