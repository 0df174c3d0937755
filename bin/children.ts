import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { type Env, originOf } from '#lib/env.ts'
import { keyWords, publicText, WRAPPED_KEY } from '#lib/secrets/keys.ts'
import { describeSettings, SHOWN_SETTINGS } from '#lib/settings/describe.ts'
import { spawnGuarded } from '#workers/guard.ts'
import { ROLE_VARIABLES } from '#workers/rclone/slot-folder.ts'
import { openKeyRing } from '#workers/secrets/key-ring.ts'
import type { Account } from './accounts.ts'
import { authSecret, secretKeyFile, secretKeys } from './data-folder.ts'
import { LogFile } from './log-file.ts'
import { NODE_FLAGS, WORKER_FLAGS } from './node-flags.ts'
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

export type Plans = {
  root: string
  env: Env
  databaseUrl: string
  say: (line: string) => void
  /** What the web seals with. */
  publicKey: string
}

/** How a program finds AWS and Vault and signs in there: for a worker whose settings name either. */
const STORES = /^(AWS_|VAULT_)/

/**
 * The web server. It never gets FILE_ORBIT_SECRET_KEY: it can seal secrets, only a worker can open them. With an
 * account it lets go of root as soon as it listens.
 */
export function webPlan({ root, env, databaseUrl, say, publicKey }: Plans, account?: Account): ChildPlan {
  const variables: Variables = {
    ...buildEnvironment(),
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret(env.dataDir),
    FILE_ORBIT_PUBLIC_KEY: publicKey,
    FILE_ORBIT_BLOCK_PRIVATE_HOSTS: process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS,
    PORT: String(env.port),
    HOST: env.host,
    FILE_ORBIT_PUBLIC_URL: originOf(env),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_TLS_CERT: env.tls?.cert,
    FILE_ORBIT_TLS_KEY: env.tls?.key,
    FILE_ORBIT_TRUSTED_PROXY: env.trustedProxies.join(','),
    FILE_ORBIT_CORS_ORIGINS: env.corsOrigins.join(','),
    ...oauthVariables(env),
    [SHOWN_SETTINGS]: JSON.stringify(shownSettings(env)),
  }
  const args = [...NODE_FLAGS, 'bin/web.ts', ...(account ? [`${account.uid}:${account.gid}`] : [])]
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

function keysOf(env: Env): string {
  return env.secretKey ?? secretKeys(env.dataDir)
}

/** The public half of the newest key of this machine. Throws InvalidError or UnavailableError. */
export async function publicKeyOf(env: Env): Promise<string> {
  const source = env.secretKey ? 'FILE_ORBIT_SECRET_KEY' : secretKeyFile(env.dataDir)
  return publicText((await openKeyRing(keysOf(env), source))[0].public)
}

/** Those that endpoints may name as `env:…`. */
function secretVariables(): Variables {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('FILE_ORBIT_SECRET_')),
  )
}

/** Who may sign in by which service: only the web speaks with them, so only it gets their secrets. */
function oauthVariables({ oauth: { github, google, oidc, signup } }: Env): Variables {
  return {
    FILE_ORBIT_GITHUB_ID: github?.id,
    FILE_ORBIT_GITHUB_SECRET: github?.secret,
    FILE_ORBIT_GOOGLE_ID: google?.id,
    FILE_ORBIT_GOOGLE_SECRET: google?.secret,
    FILE_ORBIT_OIDC_ISSUER: oidc?.issuer,
    FILE_ORBIT_OIDC_ID: oidc?.id,
    FILE_ORBIT_OIDC_SECRET: oidc?.secret,
    FILE_ORBIT_OIDC_NAME: oidc?.name,
    FILE_ORBIT_OAUTH_SIGNUP: signup,
  }
}

function storeVariables(env: Env): Variables {
  const isWrapped = keyWords(keysOf(env)).some((word) => WRAPPED_KEY.test(word))
  if (env.secretStores.length === 0 && !isWrapped) return {}
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => STORES.test(name)))
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
    FILE_ORBIT_BLOCK_PRIVATE_HOSTS: process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS || '0',
    FILE_ORBIT_SLOTS: String(env.slots),
    FILE_ORBIT_KEEP_MONTHS: String(env.keepMonths),
    FILE_ORBIT_SILENCE_SECONDS: String(env.silenceSeconds),
    FILE_ORBIT_OIDC_NAME: env.oauth.oidc?.name,
  })
}

/** The control plane's worker: `workers/main` in its command line is how operators find it. */
export function workerPlan({ root, env, databaseUrl, say }: Plans, rclone: string): ChildPlan {
  const variables: Variables = {
    ...inherited([...INHERITED, ...OUTBOUND, ...ROLE_VARIABLES]),
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    FILE_ORBIT_RCLONE: rclone,
    FILE_ORBIT_SLOTS: String(env.slots),
    FILE_ORBIT_KEEP_MONTHS: String(env.keepMonths),
    FILE_ORBIT_SILENCE_SECONDS: String(env.silenceSeconds),
    FILE_ORBIT_LOCAL_ROOTS: env.localRoots?.join(':'),
    FILE_ORBIT_DATA_DIR: env.dataDir,
    FILE_ORBIT_LOG_DIR: env.logDir,
    ...secretVariables(),
    ...storeVariables(env),
    FILE_ORBIT_SECRET_KEY: keysOf(env),
    FILE_ORBIT_SECRET_FILES: env.secretFiles,
    FILE_ORBIT_RCLONE_CONFIG: env.rcloneConfig,
    FILE_ORBIT_ALLOW_COMMANDS: process.env.FILE_ORBIT_ALLOW_COMMANDS,
    FILE_ORBIT_BLOCK_PRIVATE_HOSTS: process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS,
    SSH_AUTH_SOCK: process.env.SSH_AUTH_SOCK,
    // A folder of a dead network mount holds a thread each; with Node's four everything would stand still.
    UV_THREADPOOL_SIZE: '64',
  }
  const args = [...WORKER_FLAGS, 'workers/main.ts']
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
