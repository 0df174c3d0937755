import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { type Env, originOf } from '#lib/env.ts'
import { describeSettings, SHOWN_SETTINGS } from '#lib/settings/describe.ts'
import { spawnGuarded } from '#workers/guard.ts'
import type { Account } from './accounts.ts'
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

const FLAGS = ['--disable-warning=ExperimentalWarning']

/**
 * The web server. It never gets FILE_ORBIT_SECRET_KEY: it can seal secrets, only a worker can open them. With an
 * account it lets go of root as soon as it listens.
 */
export function webPlan({ root, env, databaseUrl, say }: Plans, account?: Account): ChildPlan {
  const variables: Variables = {
    ...buildEnvironment(),
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret(env.dataDir),
    PORT: String(env.port),
    HOST: env.host,
    FILE_ORBIT_PUBLIC_URL: originOf(env),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_TLS_CERT: env.tls?.cert,
    FILE_ORBIT_TLS_KEY: env.tls?.key,
    FILE_ORBIT_TRUSTED_PROXY: env.trustedProxies.join(','),
    FILE_ORBIT_CORS_ORIGINS: env.corsOrigins.join(','),
    [SHOWN_SETTINGS]: JSON.stringify(shownSettings(env)),
  }
  const args = [...FLAGS, 'bin/web.ts', ...(account ? [`${account.uid}:${account.gid}`] : [])]
  return {
    name: 'web',
    log: new LogFile(join(env.logDir, 'web.log')),
    say,
    launch: () =>
      spawnGuarded(process.execPath, args, {
        ...{ cwd: root, env: variables, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
        // The kernel forgets its promise to end a process that changes its user.
        ...(account && { by: 'pipe' as const }),
      }),
    whenReady: (child, ended) => saysReady(child, ended),
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
    FILE_ORBIT_KEEP_MONTHS: String(env.keepMonths),
    FILE_ORBIT_SILENCE_SECONDS: String(env.silenceSeconds),
    FILE_ORBIT_LOCAL_ROOTS: env.localRoots?.join(':'),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_LOG_DIR: env.logDir,
    FILE_ORBIT_SECRET_KEY: env.secretKey,
    // A folder of a dead network mount holds a thread each; with Node's four everything would stand still.
    UV_THREADPOOL_SIZE: '64',
  }
  const args = [...FLAGS, 'workers/main.ts']
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
