import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { listTransfers } from '#lib/jobs/details.ts'
import type { CreateJobInput, Job, Transfer } from '#lib/jobs/schema.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import type { Slot } from '#workers/rclone/slot.ts'
import { type Contexts, contextsOver } from './context.ts'
import type { TestDatabase } from './database.ts'
import { plant, tempFolder } from './files.ts'
import type { Later } from './later.ts'
import { storageAt } from './servers/rclone.ts'
import { openSlot } from './slots.ts'
import { freshDatabase } from './stage.ts'
import { whenEnded } from './when.ts'
import { startWorker, type WorkerOptions, type WorkerProcess } from './worker.ts'

/** What an endpoint is made of; a test's server is one. */
export type Shelf = { type: string; path: string; settings: Record<string, string> }

export type Order = {
  operation?: CreateJobInput['operation']
  from: [endpoint: Endpoint, path: string]
  to: [endpoint: Endpoint, path: string]
  options?: CreateJobInput['options']
}

export type Warehouse = {
  database: TestDatabase
  ctx: Contexts
  /** The folder that the agent may use. */
  root: string
  /** An rclone of the test's own, to look at storages with. */
  slot: Slot
  worker: WorkerProcess
  /** One more, once the first is gone. */
  another(more?: Partial<WorkerOptions>): Promise<WorkerProcess>
  endpoint(name: string, shelf: Shelf): Promise<Endpoint>
  begin(order: Order): Promise<Job>
  run(order: Order, withinMs?: number): Promise<JobRow>
  /** All rows of a job, by path. */
  files(jobId: string): Promise<Transfer[]>
  /** Whether a folder of a storage, seen by the test's own rclone, holds exactly what the local folder does. */
  differences(local: string, shelf: Shelf, path: string, how?: { download: boolean }): Promise<string[]>
  /** Sizes by path, as rclone lists them. */
  listed(shelf: Shelf, path: string): Promise<Record<string, number>>
}

/** A database, a real worker, and any storages as endpoints of its agent. */
export async function openWarehouse(
  more: Partial<WorkerOptions> = {},
  later: Later = afterAll,
): Promise<Warehouse> {
  const root = await tempFolder(later)
  const database = await freshDatabase(later)
  const ctx = await contextsOver(database, later, [root])
  const slot = await openSlot(later)
  const usual = { databaseUrl: database.url, rclone: inject('rclone'), roots: [root], slots: 4, ...more }
  const another: Warehouse['another'] = (extra) => startWorker({ ...usual, ...extra }, later)
  const worker = await another()
  const begin: Warehouse['begin'] = ({ operation = 'copy', from, to, options = {} }) =>
    createJob({
      ctx: ctx.operator,
      input: {
        ...{ operation, options },
        source: { endpointId: from[0].id, path: from[1] },
        destination: { endpointId: to[0].id, path: to[1] },
      },
    })
  const storage = (shelf: Shelf, path: string) =>
    storageAt(slot, shelf, [shelf.path, path].filter((part) => part !== '').join('/'))
  return {
    ...{ database, ctx, root, slot, worker, another, begin },
    endpoint: (name, { type, path, settings }) =>
      createEndpoint({ ctx: ctx.owner, input: { name, type, path, settings } }),
    run: async (order, withinMs) => whenEnded(database, (await begin(order)).id, withinMs),
    async files(jobId) {
      const all: Transfer[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await listTransfers({
          ctx: ctx.viewer,
          id: jobId,
          input: { limit: 200, ...(cursor && { cursor }) },
        })
        all.push(...page.items)
        cursor = page.nextCursor
      }
      return all.sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    async differences(local, shelf, path, { download } = { download: false }) {
      const srcFs = { type: 'local', encoding: 'Raw', _root: local }
      const { combined } = await slot.call<{ combined: string[] | null }>(
        'operations/check',
        {
          ...{ srcFs, dstFs: await storage(shelf, path), download, combined: true },
          // Names that differ only in the form of an accent are two.
          _config: { NoUnicodeNormalization: true, Checkers: 8 },
        },
        { timeoutMs: 120_000 },
      )
      return (combined ?? []).filter((line) => !line.startsWith('='))
    },
    async listed(shelf, path) {
      const { list } = await slot.call<{ list: { Path: string; Size: number; IsDir: boolean }[] | null }>(
        'operations/list',
        { fs: await storage(shelf, path), remote: '', opt: { recurse: true, noModTime: true } },
      )
      return Object.fromEntries((list ?? []).filter((one) => !one.IsDir).map((one) => [one.Path, one.Size]))
    },
  }
}

/** A folder inside the agent's roots. */
export async function folderShelf(warehouse: Warehouse, name: string): Promise<Shelf & { folder: string }> {
  const folder = await plant(join(warehouse.root, name), {})
  return { type: 'local', path: folder, settings: {}, folder }
}
