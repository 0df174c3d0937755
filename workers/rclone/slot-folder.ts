import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

/** Unix allows 104 bytes for a socket's path on macOS, 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 100
/** A slot that is just starting has such a folder, and so has one whose log is still to be read (left-account.ts). */
const YOUNG_MS = 10 * 60_000
const SOCKET = 'rc'
/** From this part of the machine's memory on, an rclone saves memory rather than time. */
const SHARE = 8
const LOG = 'log'

/** Where the slot with this folder answers. */
export function socketIn(folder: string): string {
  return join(folder, SOCKET)
}

/** What the slot with this folder writes. */
export function logIn(folder: string): string {
  return join(folder, LOG)
}

/** Where the rclone of the slot with this folder keeps what is to outlast a call. */
export function cacheIn(folder: string): string {
  return join(folder, 'cache')
}

/** A new folder that only we may enter. A runtime folder too deep for a socket sends it to the system's own. */
export async function makeSlotFolder(runtimeDir: string): Promise<string> {
  const folder = join(runtimeDir, `slot-${randomBytes(4).toString('hex')}`)
  if (Buffer.byteLength(socketIn(folder)) > LONGEST_SOCKET_PATH) return mkdtemp(join(tmpdir(), 'file-orbit-'))
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 })
  await mkdir(folder, { mode: 0o700 })
  return folder
}

/** Removes the folders of slots whose owner was killed: nobody answers on their socket any more. */
export async function removeLeftovers(runtimeDir: string): Promise<void> {
  const names = await readdir(runtimeDir).catch(() => [])
  for (const name of names.filter((entry) => /^slot-[0-9a-f]{8}$/.test(entry))) {
    const folder = join(runtimeDir, name)
    const used = await Promise.all([folder, logIn(folder)].map((path) => stat(path).catch(() => null)))
    const last = Math.max(...used.map((found) => found?.mtimeMs ?? 0))
    if (Date.now() - last < YOUNG_MS || (await answers(socketIn(folder)))) continue
    await rm(folder, { recursive: true, force: true })
  }
}

function answers(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = createConnection(socketPath)
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/**
 * Where AWS tells a container how to sign in as its own role (ECS, EKS); a machine's role is found without. Only
 * endpoints that are said to use the role do (`env_auth`). Keys of an account, AWS_ACCESS_KEY_ID, are not among them:
 * those may be the worker's own, for its store of secrets.
 */
export const ROLE_VARIABLES = [
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ...['AWS_CONTAINER_AUTHORIZATION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  ...['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_STS_REGIONAL_ENDPOINTS'],
]

/**
 * The environment of a slot. The machine's network settings and role belong to it, not to a job; nothing else goes in,
 * above all no `RCLONE_*`: each of them is an option of rclone, and some run commands.
 */
export function slotEnvironment(
  folder: string,
  user: string,
  password: string,
): Record<string, string | undefined> {
  return {
    ...machineSettings(),
    HOME: folder,
    TMPDIR: folder,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CACHE_DIR: cacheIn(folder),
    RCLONE_RC_ADDR: `unix://${socketIn(folder)}`,
    RCLONE_RC_USER: user,
    RCLONE_RC_PASS: password,
    // A call is answered when the transfer has ended, which may take days. By default the server hangs up after
    // an hour, while the transfer goes on unseen.
    RCLONE_RC_SERVER_READ_TIMEOUT: '0s',
    RCLONE_RC_SERVER_WRITE_TIMEOUT: '0s',
    // No statistics once a minute in the log: we ask for them.
    RCLONE_STATS: '0',
    // Go collects garbage each time the heap has doubled, which for rclone's small one is all the time: 10,000
    // small files took 20 % more processor time. Large heaps, of trees of millions, stay as tight as before.
    GOGC: '400',
    GOMEMLIMIT: `${Math.max(512, Math.floor(totalmem() / SHARE / 1024 / 1024))}MiB`,
  }
}

function machineSettings(): Record<string, string | undefined> {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
  // The keys of an ssh-agent, for SFTP endpoints without a key of their own.
  const names = [
    'SSH_AUTH_SOCK',
    'PATH',
    'TZ',
    'LANG',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    ...proxies,
    ...ROLE_VARIABLES,
  ]
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
