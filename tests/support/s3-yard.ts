import { afterAll } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import type { S3TriggerSettings } from '#lib/triggers/schema.ts'
import { type Depot, openDepot } from './depot.ts'
import type { Later } from './later.ts'
import type { Backend } from './servers/s3.ts'
import { REGION, type SqsServer, startSqs, type TestQueue } from './servers/sqs.ts'
import { openWatching, type Watching } from './watching.ts'
import type { WorkerProcess } from './worker.ts'

export type S3Yard = {
  depot: Depot
  sqs: SqsServer
  /** Runs from the beginning: an endpoint of S3 is made by what its rclone says of S3. */
  worker: WorkerProcess
  /** The whole bucket `orbit`. */
  source: Endpoint
  put(key: string, body?: string, bucket?: string): Promise<void>
  /** A template that copies what lands below `path` of the bucket into the folder `name`. */
  template(name: string, queue: TestQueue, order?: Order): Promise<Watching>
}

export type Order = {
  path?: string
  operation?: 'copy' | 'move' | 'sync'
  trigger?: Partial<Omit<S3TriggerSettings, 'settings'>> & { settings?: Record<string, string> }
  more?: object
}

/** A bucket, a server of queues and a depot to which the objects go. */
export async function openS3Yard(later: Later = afterAll, backend: Backend = 'fauxqs'): Promise<S3Yard> {
  const sqs = await startSqs(later, backend)
  const depot = await openDepot(undefined, later)
  const worker = await depot.worker(later)
  const put: S3Yard['put'] = async (key, body = 'hello', bucket = 'orbit') => {
    const path = key.split('/').map(encodeURIComponent).join('/')
    const answer = await fetch(`${sqs.direct}/${bucket}/${path}`, { method: 'PUT', body })
    if (!answer.ok) throw new Error(`${key} was not put: ${answer.status} ${await answer.text()}`)
  }
  await fetch(`${sqs.direct}/orbit`, { method: 'PUT' })
  const source = await createEndpoint({
    ctx: depot.ctx.owner,
    input: {
      ...{ name: 'bucket', type: 's3', path: 'orbit' },
      settings: {
        ...{ provider: 'Other', endpoint: sqs.direct, region: REGION, force_path_style: 'true' },
        ...{ access_key_id: sqs.keys.accessKeyId, secret_access_key: sqs.keys.secretAccessKey },
      },
    },
  })
  const template: S3Yard['template'] = async (name, queue, order = {}) => {
    const { path = '', operation = 'copy', trigger = {}, more } = order
    const made = await createTemplate({
      ctx: depot.ctx.operator,
      input: {
        ...{ name, operation, source: { endpointId: source.id, path } },
        destinations: [{ endpointId: depot.destination.id, path: name }],
        triggers: [
          {
            ...{ type: 's3', queueUrl: queue.url, region: REGION, endpointUrl: sqs.endpoint },
            ...{ settings: sqs.keys, ...trigger },
          },
        ],
        ...more,
      },
    })
    return openWatching(depot).watchingOf(made)
  }
  return { depot, sqs, worker, source, put, template }
}
