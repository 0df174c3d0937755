import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startPostgres } from '#bin/postgres.ts'
import { connect } from '#lib/db/client.ts'
import { migrate } from '#lib/db/migrate.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { runningProcesses } from '#tests/start/processes.ts'
import { type Contexts, contextsOver } from '../context.ts'
import type { TestDatabase } from '../database.ts'
import type { Later } from '../later.ts'
import { startWorker, type WorkerProcess } from '../worker.ts'

type Place = { id: string; folder: string }

/** A PostgreSQL and workers of one's own, to be killed at will, over folders on two file systems. */
export type Arena = {
  database: TestDatabase
  ctx: Contexts
  /** On two file systems where the machine has them: moves between them copy and delete. */
  sources: Place[]
  destination: Place
  workers: Set<WorkerProcess>
  startWorker(): Promise<WorkerProcess>
  rclones(): number[]
  /** Immediate shutdown, as a crash leaves it, and a start on the same port. */
  restartPostgres(): Promise<void>
  /** Calls until PostgreSQL answers. */
  persist<T>(call: () => Promise<T>): Promise<T>
}

export async function openArena(later: Later): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'pg-'))
  await chmod(folder, 0o711)
  const options = { dataDir: folder, logDir: join(folder, 'logs') }
  let server = await startPostgres(options)
  await migrate(server.url)
  const database = { ...connect(server.url, { max: 8, name: 'test' }), url: server.url }
  later(async () => {
    await database.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const roots = await Promise.all(
    [tmpdir(), ...(existsSync('/dev/shm') ? ['/dev/shm'] : [])].map((parent) => ownFolder(parent, later)),
  )
  const ctx = await contextsOver(database, later, roots)
  const place = async (name: string, at: string): Promise<Place> => {
    await mkdir(at)
    const { id } = await createEndpoint({ ctx: ctx.owner, input: { name, type: 'local', path: at } })
    return { id, folder: at }
  }
  const workers = new Set<WorkerProcess>()
  let restarted = Promise.resolve()
  return {
    ...{ database, ctx, workers },
    sources: await Promise.all(roots.map((root, n) => place(`in-${n}`, join(root, 'in')))),
    destination: await place('out', join(roots[0]!, 'out')),
    async startWorker() {
      const options = { databaseUrl: database.url, rclone: inject('rclone'), roots, slots: 3 }
      // One that starts while PostgreSQL is away ends; `npm start` starts it again, and so does this.
      const worker = await startWorker(options, later).catch(() => persist(() => startWorker(options, later)))
      workers.add(worker)
      worker.process.once('exit', () => workers.delete(worker))
      return worker
    },
    rclones() {
      const owners = new Set([...workers].map(({ pid }) => pid))
      return runningProcesses()
        .filter(({ parent, command }) => owners.has(parent) && command.includes('rcd --use-json-log'))
        .map(({ pid }) => pid)
    },
    restartPostgres() {
      const restart = async () => {
        process.kill(server.pid, 'SIGQUIT')
        await server.stop()
        server = await startPostgres({ ...options, port: server.port })
      }
      restarted = restarted.then(restart)
      return restarted
    },
    persist: (call) => persist(call),
  }
}

async function ownFolder(parent: string, later: Later): Promise<string> {
  const made = await realpath(await mkdtemp(join(parent, 'fot-')))
  later(() => rm(made, { recursive: true, force: true }))
  return made
}

const AWAY = /ECONNREFUSED|ECONNRESET|EPIPE|CONNECTION_|57P0\d|the database system is|terminat/

async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + 30_000; ; ) {
    try {
      return await call()
    } catch (error) {
      const { message, code = '', cause } = error as Error & { code?: string }
      const isAway = AWAY.test(
        `${code} ${message} ${cause instanceof Error ? `${cause.message} ${(cause as { code?: string }).code}` : ''}`,
      )
      if (!isAway || performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
