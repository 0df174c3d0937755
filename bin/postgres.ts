import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '#lib/errors.ts'
import { spawnGuarded } from '#workers/guard.ts'
import type { Account } from './accounts.ts'
import { appendTo, tailOf } from './log-file.ts'
import { freePort } from './ports.ts'
import { checkReach, postgresAccount } from './postgres/account.ts'
import { environment, makeCluster, ROLE } from './postgres/cluster.ts'
import { endOrphan, readPidFile } from './postgres/postmaster.ts'
import { findPrograms, type Programs } from './postgres/programs.ts'

export type PostgresOptions = {
  /** The cluster lives in `<dataDir>/postgres`, its password beside it. Must exist; 0711 when we are root. */
  dataDir: string
  /** `postgres.log` goes here. */
  logDir: string
  /** Called once when PostgreSQL ends without `stop()`. */
  onExit?: (code: number | null, signal: NodeJS.Signals | null) => void
  /** The port of an earlier start, so that its clients find it again. Default: a free one. */
  port?: number
  /** More `-c` settings, such as `fsync=off`; they win over ours. */
  flags?: string[]
  /** Told what a person should know: a system user is created. */
  say?: (line: string) => void
}

export type Postgres = {
  /** With the password: never for a log or a command line. */
  url: string
  port: number
  pid: number
  version: string
  /** Fast shutdown; PostgreSQL that takes longer than `withinMs` (2,000) is ended without a checkpoint. */
  stop(withinMs?: number): Promise<void>
}

/** Web (a pool and a LISTEN), worker (pools, pg-boss), the command line and a person's own session. */
const MAX_CONNECTIONS = 100
/** A crash recovery may read gigabytes; longer than this, something else is wrong. */
const READY_WITHIN_MS = 10 * 60_000

/**
 * Starts the PostgreSQL of this data folder on loopback, making the cluster first when there is none. It ends
 * when this process ends, kill -9 included. The caller makes sure that nobody else uses the folder: a
 * PostgreSQL that still runs there is taken for an orphan and stopped. Throws UnavailableError with what is
 * wrong and what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { logDir, say = () => {} } = options
  // One spelling of the folder, by which an orphan's command line is known again.
  const dataDir = realpathSync(options.dataDir)
  const home = join(dataDir, 'postgres')
  const data = join(home, 'data')
  const account = await postgresAccount(data, say)
  if (account) await checkReach(account, dataDir)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  mkdirSync(logDir, { recursive: true, mode: 0o700 })
  if (account) chownSync(home, account.uid, account.gid)
  const programs = await findPrograms(home, account)
  await endOrphan(data)
  const password = await makeCluster(home, data, join(dataDir, 'postgres-password'), programs, account)

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort())
    const server = await launch({ ...options, port }, data, programs, account)
    if (server.ready) {
      const url = `postgres://${ROLE}:${password}@127.0.0.1:${port}/${ROLE}`
      return {
        url,
        port,
        pid: server.child.pid ?? 0,
        version: programs.version.split('.').slice(0, 2).join('.'),
        stop: server.stop,
      }
    }
    // Somebody else took the port between our look and PostgreSQL's.
    const isTaken = server.said.includes('could not bind')
    if (!isTaken || options.port || attempt === 5) {
      throw new UnavailableError(`PostgreSQL did not start. It said:\n${server.said}`)
    }
  }
}

type Launched = { child: ChildProcess; stop(withinMs?: number): Promise<void>; ready: boolean; said: string }

async function launch(
  options: PostgresOptions & { port: number },
  data: string,
  programs: Programs,
  account: Account | undefined,
): Promise<Launched> {
  const logFile = join(options.logDir, 'postgres.log')
  const log = appendTo(logFile)
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${options.port}`,
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
    'TimeZone=UTC',
    // Taken to lie on a solid-state disk: with 4, made for spinning ones, it reads whole tables for a few hundred rows.
    'random_page_cost=1.1',
    'log_timezone=UTC',
    ...(options.flags ?? []),
  ]
  const child = spawnGuarded(
    join(programs.folder, 'bin', 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      user: account,
      onParentDeath: 'INT',
      cwd: data,
      env: environment(),
      stdio: ['ignore', log.fd, log.fd],
      // Ctrl-C must not reach it before the worker has written its last rows.
      detached: true,
    },
  )
  closeSync(log.fd)
  let ended = false
  let stopping = false
  let ready = false
  const exit = once(child, 'exit').catch((error: Error) => [error.message, null])
  exit.then(([code, signal]) => {
    ended = true
    if (ready && !stopping) options.onExit?.(code, signal)
  })
  const deadline = Date.now() + READY_WITHIN_MS
  while (!ended && !ready && Date.now() < deadline) {
    const file = readPidFile(data)
    ready = file?.pid === child.pid && file?.status === 'ready'
    if (!ready) await Promise.race([exit, sleep(15)])
  }
  const stop = async (withinMs = 2_000) => {
    stopping = true
    for (const [signal, wait] of [
      ['SIGINT', withinMs],
      ['SIGQUIT', 500],
      ['SIGKILL', 5_000],
    ] as const) {
      if (ended) return
      child.kill(signal)
      await Promise.race([exit, sleep(wait, undefined, { ref: false })])
    }
  }
  if (!ready) await stop()
  return { child, stop, ready, said: ready ? '' : tailOf(logFile, log.from) }
}
