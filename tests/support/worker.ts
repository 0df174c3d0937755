import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { WORKER_FLAGS } from '#bin/node-flags.ts'
import { spawnGuarded } from '#workers/guard.ts'
import { tempFolder } from './files.ts'
import type { Later } from './later.ts'
import { testSecretKey } from './secret-keys.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type WorkerProcess = {
  process: ChildProcess
  pid: number
  dataDir: string
  /** All it has said so far. */
  output(): string
  /** Sends the signal and resolves with how it ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export type WorkerOptions = {
  databaseUrl: string
  rclone: string
  roots: string[]
  slots?: number
  /** More of its environment. */
  env?: Record<string, string>
  silenceSeconds?: number
  /** In a process namespace of its own: nobody outside can judge or end what it runs. Needs root; only killed. */
  ownMachine?: boolean
  /** Another Node, such as one in a namespace of its own. */
  node?: string
}

/** A worker as `npm start` runs it, ready to take attempts. */
export async function startWorker(options: WorkerOptions, later: Later): Promise<WorkerProcess> {
  const worker = await launchWorker(options, later)
  await worker.ready
  return worker
}

/** The same from its first moment on; `ready` rejects when it ends before. */
export async function launchWorker(
  options: WorkerOptions,
  later: Later,
): Promise<WorkerProcess & { ready: Promise<void> }> {
  const home = await tempFolder(later)
  // As `npm start` makes it: the web, another user, has to reach the socket in it by which files pass.
  await chmod(home, 0o711)
  const own = options.ownMachine ? ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] : []
  const node = options.node ?? process.execPath
  const command = [...own, node, ...WORKER_FLAGS, 'workers/main.ts']
  const child = spawnGuarded(command[0]!, command.slice(1), {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: home,
      DATABASE_URL: options.databaseUrl,
      FILE_ORBIT_RCLONE: options.rclone,
      FILE_ORBIT_SLOTS: String(options.slots ?? 2),
      FILE_ORBIT_SILENCE_SECONDS: String(options.silenceSeconds ?? 600),
      FILE_ORBIT_LOCAL_ROOTS: options.roots.join(':'),
      FILE_ORBIT_DATA_DIR: home,
      FILE_ORBIT_SECRET_KEY: testSecretKey,
      ...options.env,
    },
  })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const end: WorkerProcess['end'] = async (signal) => {
    child.kill(signal)
    const [code, by] = await exit
    return { code, signal: by }
  }
  later(async () => {
    await end(options.ownMachine ? 'SIGKILL' : 'SIGTERM')
  })
  const isReady = Promise.race([
    ready(child),
    exit.then(([code, signal]) => {
      throw new Error(`The worker ended (${signal ?? code}) before it was ready:\n${output}`)
    }),
  ])
  // Whoever kills it before does not wait for it.
  isReady.catch(() => {})
  return { process: child, pid: child.pid!, dataDir: home, output: () => output, end, ready: isReady }
}

async function ready(child: ChildProcess): Promise<void> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ type?: unknown }]
    if (message.type === 'ready') return
  }
}
