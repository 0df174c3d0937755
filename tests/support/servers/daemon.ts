import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { runningProcesses } from '#tests/start/processes.ts'
import { spawnGuarded } from '#workers/guard.ts'

/** A machine with other work takes seconds to start a Python; above that something is wrong. */
const START_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 3_000
const LAST_LINES = 20

/** What file permissions do not hold for root: without these they do, as for anyone else. */
const OVERRIDES = '-dac_override,-dac_read_search,-fowner'

export type Daemon = {
  pid: number
  /** Where it writes, standard error included. */
  log: string
  /** It and whatever it started for its clients. */
  stop(): Promise<void>
}

export type DaemonOptions = {
  command: string
  args: string[]
  /** All of its environment but PATH. */
  env?: Record<string, string | undefined>
  log: string
  cwd: string
  /** True when it answers; asked until then. */
  ready(): Promise<boolean>
}

/**
 * A server in the foreground that ends with this process, kill -9 included. Resolves when it is ready, throws
 * with its last words when it ends before. File permissions hold for it, root or not.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { command, args } = holdToPermissions(options.command, options.args)
  const fd = openSync(options.log, 'a')
  const child = spawnGuarded(command, args, {
    ...{ detached: true, cwd: options.cwd, env: { PATH: process.env.PATH, ...options.env } },
    // Samba ends when its standard input does.
    stdio: ['ignore', fd, fd],
  })
  closeSync(fd)
  const pid = child.pid ?? 0
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const started = descendantsOf(pid)
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
    await ended
    clearTimeout(timer)
    for (const one of started) endOne(one)
  }
  const deadline = performance.now() + START_WITHIN_MS
  while (!(await options.ready())) {
    const gone = child.exitCode !== null || child.signalCode !== null
    if (gone || performance.now() > deadline) {
      await stop()
      throw new Error(`${options.command} did not start:\n${await tailOf(options.log)}`)
    }
    await sleep(10)
  }
  return { pid, log: options.log, stop }
}

/** For `ready`: somebody listens on the port of this machine. */
export function answersOn(port: number): () => Promise<boolean> {
  return () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    return promise.finally(() => socket.destroy())
  }
}

/** For `ready`: the log says so. What the expression's first group holds, undefined until then. */
export async function saysIn(log: string, words: RegExp): Promise<string | undefined> {
  return words.exec(await readFile(log, 'utf8').catch(() => ''))?.[1]
}

function holdToPermissions(command: string, args: string[]): { command: string; args: string[] } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { command, args }
  return { command: 'setpriv', args: [`--bounding-set=${OVERRIDES}`, '--', command, ...args] }
}

function descendantsOf(pid: number): number[] {
  const all = runningProcesses()
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)])
  return below(pid)
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended with its server.
  }
}

async function tailOf(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-LAST_LINES).join('\n')
}
