import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

export type GuardOptions = Omit<SpawnOptions, 'env'> & {
  env?: Record<string, string | undefined>
  /** What the child gets when this process is gone, however it went. Default KILL. */
  onParentDeath?: 'KILL' | 'INT' | 'TERM'
  /** Run as this user, with no other groups; only root can. */
  user?: { uid: number; gid: number }
  /** Default: the kernel where it can (Linux with util-linux, main thread), else a pipe and a watching shell. */
  by?: 'kernel' | 'pipe'
}

const PIPE_GUARD = fileURLToPath(new URL('guard.sh', import.meta.url))

/**
 * `spawn` for a child that ends when this process ends, kill -9 included. `pid` is the command's own, so
 * signals and exit status are too. A command that cannot be run may show as exit 126 or 127 with a line on
 * stderr instead of an `error` event. With `detached` the child leaves the terminal's process group: Ctrl-C
 * then reaches it only through us, in our order.
 */
export function spawnGuarded(command: string, args: string[], options: GuardOptions = {}): ChildProcess {
  const { onParentDeath = 'KILL', user, by, ...rest } = options
  const spawnOptions = { ...rest, ...user } as SpawnOptions
  const setpriv = by === 'pipe' ? undefined : kernelGuard()
  if (setpriv) return spawn(setpriv, ['--pdeathsig', onParentDeath, '--', command, ...args], spawnOptions)
  if (by === 'kernel') throw new Error('This system has no setpriv that knows --pdeathsig')
  return spawnPiped(onParentDeath, command, args, spawnOptions)
}

function spawnPiped(signal: string, command: string, args: string[], options: SpawnOptions): ChildProcess {
  const stdio = Array.isArray(options.stdio) ? [...options.stdio] : Array(3).fill(options.stdio ?? 'pipe')
  while (stdio.length < 3) stdio.push('pipe')
  const fd = stdio.length
  // The shell reads file descriptors of one digit only.
  if (fd > 9) throw new RangeError('A guarded child takes at most nine entries in stdio')
  const child = spawn('/bin/sh', [PIPE_GUARD, signal, String(fd), command, ...args], {
    ...options,
    stdio: [...stdio, 'pipe'],
  })
  const owner = child.stdio.at(fd)
  if (owner instanceof Socket) {
    // The watcher may be gone already (a killed group): then there is nothing left to tell.
    owner.on('error', () => owner.destroy())
    owner.unref()
    child.once('exit', () => {
      // The child's `close` event waits for this pipe too.
      owner.ref()
      owner.end('ended\n', () => owner.destroy())
    })
  }
  return child
}

let found: string | null | undefined

/**
 * The kernel's guard is bound to the thread that spawned: a worker thread that ends would take the child with
 * it. BusyBox has a setpriv without --pdeathsig, so it is tried once.
 */
function kernelGuard(): string | undefined {
  if (process.platform !== 'linux' || !isMainThread) return undefined
  if (found === undefined) {
    const candidates = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin']
    const path = candidates.map((folder) => join(folder, 'setpriv')).find(isExecutable)
    const works = path && spawnSync(path, ['--pdeathsig', 'KILL', '--', 'true']).status === 0
    found = works ? path : null
  }
  return found ?? undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return path.startsWith('/')
  } catch {
    return false
  }
}
