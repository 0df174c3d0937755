import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Env, originOf } from '#lib/env.ts'
import { describeSettings, SHOWN_SETTINGS } from '#lib/settings/describe.ts'
import { spawnGuarded } from '#workers/guard.ts'
import { authSecret } from './data-folder.ts'
import { LogFile } from './log-file.ts'
import type { ChildPlan } from './supervise.ts'

type Variables = Record<string, string | undefined>

/** What any program needs of our own environment. RCLONE_* are flags in disguise and stay out. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS']
/** How rclone, in a company's network, gets out and whom it trusts there. */
const OUTBOUND = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
]

function inherited(names: string[]): Variables {
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

export function buildEnvironment(): Variables {
  return { ...inherited(INHERITED), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
}

export type Plans = { root: string; env: Env; databaseUrl: string; say: (line: string) => void }

/** The web server. It never gets FILE_ORBIT_SECRET_KEY: it can seal secrets, only a worker can open them. */
export function webPlan({ root, env, databaseUrl, say }: Plans): ChildPlan {
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const variables: Variables = {
    ...buildEnvironment(),
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret(env.dataDir),
    AUTH_URL: originOf(env),
    AUTH_TRUST_HOST: 'true',
    PORT: String(env.port),
    HOST: env.host,
    FILE_ORBIT_PUBLIC_URL: originOf(env),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    [SHOWN_SETTINGS]: JSON.stringify(shownSettings(env)),
  }
  return {
    name: 'web',
    log: new LogFile(join(env.logDir, 'web.log')),
    say,
    launch: () =>
      spawnGuarded(process.execPath, [next, 'start', '-H', env.host, '-p', String(env.port)], {
        ...{ cwd: root, env: variables, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
      }),
    whenReady: (_child, ended) => healthy(env, ended),
  }
}

/** For the page of settings: names and values without a secret, and which of them somebody set. */
function shownSettings(env: Env) {
  return describeSettings(process.env, {
    PORT: String(env.port),
    HOST: env.host,
    FILE_ORBIT_PUBLIC_URL: originOf(env),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_LOG_DIR: env.logDir,
    FILE_ORBIT_LOCAL_ROOTS: env.localRoots?.join(':'),
    FILE_ORBIT_RCLONE: env.rclone,
    FILE_ORBIT_SLOTS: String(env.slots),
  })
}

/** The control plane's worker: `workers/main` in its command line is how operators find it. */
export function workerPlan({ root, env, databaseUrl, say }: Plans, rclone: string): ChildPlan {
  const variables: Variables = {
    ...inherited([...INHERITED, ...OUTBOUND]),
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    FILE_ORBIT_RCLONE: rclone,
    FILE_ORBIT_SLOTS: String(env.slots),
    FILE_ORBIT_LOCAL_ROOTS: env.localRoots?.join(':'),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_LOG_DIR: env.logDir,
    FILE_ORBIT_SECRET_KEY: env.secretKey,
  }
  const args = ['--disable-warning=ExperimentalWarning', 'workers/main.ts']
  return {
    name: 'worker',
    log: new LogFile(join(env.logDir, 'worker.log')),
    say,
    launch: () =>
      spawnGuarded(process.execPath, args, {
        ...{ cwd: root, env: variables, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
      }),
    whenReady: (child, ended) => saysReady(child, ended),
  }
}

async function saysReady(child: ChildProcess, ended: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if ((message as { type?: unknown } | null)?.type === 'ready') resolve()
    })
    ended.addEventListener('abort', () => reject(ended.reason))
  })
}

/** "Every address" is reached on loopback; an address in particular only there. */
async function healthy(env: Env, ended: AbortSignal): Promise<void> {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const host = everywhere[env.host] ?? env.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${env.port}/api/v1/health`
  for (;;) {
    ended.throwIfAborted()
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([ended, AbortSignal.timeout(5_000)]) })
      await answer.body?.cancel()
      if (answer.status === 200) return
    } catch {
      // Not listening yet.
    }
    await sleep(50, undefined, { signal: ended })
  }
}
