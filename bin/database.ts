import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { databaseUrlFile } from '#lib/data-dir.ts'
import type { Env } from '#lib/env.ts'
import { messageOf, UnavailableError } from '#lib/errors.ts'
import { Backoff, how } from './backoff.ts'
import { type Postgres, startPostgres } from './postgres.ts'

export type RunningDatabase = { url: string; stop(withinMs: number): Promise<void> }

/** Started together (a compose file, a boot), the database may come up after us. */
const REACHED_WITHIN_MS = 30_000
/** Not there yet: refused, no such name yet, starting up (57P03). Anything else will not heal by waiting. */
const COMING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'CONNECT_TIMEOUT', '57P03'])

/**
 * The database of DATABASE_URL, or a PostgreSQL of our own, which is started again on the same port when it
 * ends: web and worker reconnect by themselves.
 */
export async function startDatabase(env: Env, say: (line: string) => void): Promise<RunningDatabase> {
  const note = databaseUrlFile(env.dataDir)
  // Of an earlier start that was killed, or of a PostgreSQL of our own that is not used now.
  rmSync(note, { force: true })
  if (env.databaseUrl) {
    await reach(env.databaseUrl, say)
    return { url: env.databaseUrl, stop: async () => {} }
  }

  const backoff = new Backoff()
  const stopped = new AbortController()
  let restarting: Promise<void> | undefined
  let since = performance.now()
  const start = (port?: number) =>
    startPostgres({
      ...{ dataDir: env.dataDir, logDir: env.logDir, port, say },
      onExit: (code, signal) => {
        restarting = restart(how(code, signal))
      },
    })
  let running: Postgres = await start()
  const { url, port, version } = running
  writeFileSync(note, `${url}\n`, { mode: 0o600 })
  say(`PostgreSQL ${version} on 127.0.0.1:${port}, data in ${env.dataDir}`)

  async function restart(why: string): Promise<void> {
    for (let reason = why; !stopped.signal.aborted; ) {
      const wait = backoff.next(performance.now() - since)
      say(`PostgreSQL ended (${reason}); starting it again in ${wait / 1000} s`)
      await sleep(wait, undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      since = performance.now()
      try {
        running = await start(port)
        say('PostgreSQL is ready again')
        return
      } catch (error) {
        reason = messageOf(error)
      }
    }
  }

  return {
    url,
    async stop(withinMs) {
      stopped.abort()
      rmSync(note, { force: true })
      await restarting
      await running.stop(withinMs)
    },
  }
}

async function reach(url: string, say: (line: string) => void): Promise<void> {
  // Without user and password.
  const { host, pathname } = new URL(url)
  const deadline = performance.now() + REACHED_WITHIN_MS
  for (let waited = false; ; waited = true) {
    const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} })
    try {
      const [row] = await sql`select current_setting('server_version') as version`
      say(`PostgreSQL ${row?.version} at ${host}${pathname} (DATABASE_URL)`)
      return
    } catch (error) {
      const { code = '', message } = error as Error & { code?: string }
      if (!COMING.has(code) || performance.now() > deadline) {
        throw new UnavailableError(
          `DATABASE_URL names ${host}${pathname}, which does not serve us: ${message || code}`,
        )
      }
      if (!waited) say(`Waiting for PostgreSQL at ${host} (${code})`)
      await sleep(500)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
}
