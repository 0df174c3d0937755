import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '#bin/postgres.ts'
import { connect } from '#lib/db/client.ts'
import { migrate } from '#lib/db/migrate.ts'
import { gone, isRunning } from '#tests/start/processes.ts'
import type { TestDatabase } from './database.ts'
import type { Later } from './later.ts'

export type OwnServer = {
  database: TestDatabase
  /** Immediate shutdown, as a crash: no goodbye, no checkpoint. */
  crash(): Promise<void>
  stop(): Promise<void>
  /** Starts it again on its port; does nothing where it runs. */
  start(): Promise<void>
}

/** A PostgreSQL that a test may stop: the others must not lose theirs. `folder` is made when not given. */
export async function openOwnServer(later: Later, given?: string): Promise<OwnServer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'pg-')))
  // As root PostgreSQL runs as another user, who must pass through.
  await chmod(folder, 0o711)
  const options = { dataDir: folder, logDir: join(folder, 'logs'), flags: ['max_connections=200'] }
  let server = await startPostgres(options)
  const { port, url } = server
  later(async () => {
    await server.stop()
    if (!given) await rm(folder, { recursive: true, force: true })
  })
  await migrate(url)
  const connected = connect(url, { max: 8, name: 'test' })
  later(() => connected.close())
  return {
    database: { ...connected, url },
    async crash() {
      process.kill(server.pid, 'SIGQUIT')
      await gone(server.pid)
    },
    stop: () => server.stop(),
    async start() {
      if (!isRunning(server.pid)) server = await startPostgres({ ...options, port })
    },
  }
}
