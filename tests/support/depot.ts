import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { listTransfers } from '#lib/jobs/details.ts'
import type { CreateJobInput, Job, Transfer } from '#lib/jobs/schema.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { type Contexts, contextsOver } from './context.ts'
import type { TestDatabase } from './database.ts'
import { plant, tempFolder } from './files.ts'
import type { Later } from './later.ts'
import { freshDatabase } from './stage.ts'
import { whenEnded } from './when.ts'
import { launchWorker, startWorker, type WorkerOptions, type WorkerProcess } from './worker.ts'

type Order = {
  operation?: CreateJobInput['operation']
  from?: string
  to?: string
  options?: CreateJobInput['options']
}

export type Depot = {
  database: TestDatabase
  ctx: Contexts
  /** The one folder that this machine's agent may use; both endpoints lie in it. */
  root: string
  in: string
  out: string
  source: Endpoint
  destination: Endpoint
  begin(order?: Order): Promise<Job>
  /** The same, and its end. */
  run(order?: Order): Promise<JobRow>
  files(jobId: string): Promise<Transfer[]>
  worker(later: Later, more?: Partial<WorkerOptions>): Promise<WorkerProcess>
  /** The same from its first moment on. */
  launch(later: Later, more?: Partial<WorkerOptions>): ReturnType<typeof launchWorker>
}

/** Two local folders of this file's own with a database; `worker` starts a real one over them. */
export async function openDepot(given?: TestDatabase, later: Later = afterAll): Promise<Depot> {
  const database = given ?? (await freshDatabase(later))
  const root = await tempFolder(later)
  const ctx = await contextsOver(database, later, [root])
  const endpoint = async (name: string) => {
    await plant(join(root, name), {})
    const input = { name, type: 'local', path: join(root, name) }
    return createEndpoint({ ctx: ctx.owner, input })
  }
  const source = await endpoint('in')
  const destination = await endpoint('out')
  const begin: Depot['begin'] = ({ operation = 'copy', from = '', to = '', options = {} } = {}) =>
    createJob({
      ctx: ctx.operator,
      input: {
        operation,
        source: { endpointId: source.id, path: from },
        destination: { endpointId: destination.id, path: to },
        options,
      },
    })
  const usual = { databaseUrl: database.url, rclone: inject('rclone'), roots: [root] }
  return {
    ...{ database, ctx, root, source, destination, begin },
    in: join(root, 'in'),
    out: join(root, 'out'),
    run: async (order) => whenEnded(database, (await begin(order)).id),
    files: async (jobId) =>
      (await listTransfers({ ctx: ctx.viewer, id: jobId, input: { limit: 200 } })).items.toSorted((a, b) =>
        a.path < b.path ? -1 : 1,
      ),
    worker: (until, more) => startWorker({ ...usual, ...more }, until),
    launch: (until, more) => launchWorker({ ...usual, ...more }, until),
  }
}
