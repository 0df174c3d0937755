import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import { freePort } from '#bin/ports.ts'
import { eventually, isRunning, runningProcesses } from './processes.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

/** All of File Orbit, started as a person does. */
export type House = {
  pid: number
  port: number
  url: string
  lines: string[]
  /** Resolves with the first line, old or new, that matches. */
  line(pattern: RegExp, withinMs?: number): Promise<string>
  /** The processes that hang from the one we started, itself included. */
  tree(): { pid: number; command: string }[]
  ended: Promise<[code: number | null, signal: string | null]>
}

export type HouseOptions = {
  dataDir: string
  port?: number
  env?: Record<string, string>
  by?: 'node' | 'npm'
}

/** Starts it on `dataDir`; does not wait. Ends with the test, whatever is left of it then. */
export async function startHouse({ dataDir, port, env, by = 'node' }: HouseOptions): Promise<House> {
  const own = port ?? (await freePort())
  const [command, args] =
    by === 'npm' ? ['npm', ['start']] : [process.execPath, [...NODE_FLAGS, 'bin/start.ts']]
  const child = spawn(command as string, args as string[], {
    cwd: ROOT,
    env: { ...inherited(), PORT: String(own), FILE_ORBIT_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a terminal gives it.
    detached: true,
  })
  const pid = child.pid!
  const lines: string[] = []
  let tell = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      tell()
    })
  }
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  ended.then(() => tell())
  onTestFinished(async () => {
    const left = treeOf(pid)
    if (isRunning(pid)) process.kill(pid, 'SIGTERM')
    await eventually('the house is down', () => !left.some((one) => isRunning(one.pid)), 20_000)
  })

  async function line(pattern: RegExp, withinMs = 120_000): Promise<string> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const found = lines.find((one) => pattern.test(one))
      if (found !== undefined) return found
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`No line ${pattern}. It said:\n${lines.join('\n')}`)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      tell = resolve
      const timer = setTimeout(resolve, 1_000)
      await promise
      clearTimeout(timer)
    }
  }
  return { pid, port: own, url: `http://localhost:${own}`, lines, line, tree: () => treeOf(pid), ended }
}

export async function health(house: House): Promise<number> {
  const answer = await fetch(`${house.url}/api/v1/health`)
  await answer.body?.cancel()
  return answer.status
}

/** `processes` are all gone; what was started meanwhile in their place too. */
export async function nothingLeft(
  processes: { pid: number }[],
  dataDir: string,
  withinMs = 10_000,
): Promise<void> {
  await eventually(
    'nothing is left',
    () =>
      !runningProcesses().some(
        (one) => processes.some(({ pid }) => pid === one.pid) || one.command.includes(dataDir),
      ),
    withinMs,
  )
}

function treeOf(root: number): { pid: number; command: string }[] {
  const all = runningProcesses()
  const tree = all.filter((one) => one.pid === root)
  for (const one of tree) tree.push(...all.filter((other) => other.parent === one.pid))
  return tree
}

/** No settings of whoever runs the tests. */
function inherited(): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH, HOME, LANG, TMPDIR, NODE_EXTRA_CA_CERTS, XDG_CACHE_HOME } = process.env
  return { NODE_ENV, PATH, HOME, LANG, TMPDIR, NODE_EXTRA_CA_CERTS, XDG_CACHE_HOME }
}

/** Linux only: the environment a running process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const text = readFileSync(`/proc/${pid}/environ`, 'utf8')
  return Object.fromEntries(
    text
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}
