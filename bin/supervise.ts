import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '#lib/errors.ts'
import { Backoff, how } from './backoff.ts'
import type { LogFile } from './log-file.ts'
import { forConsole } from './output.ts'

export type ChildPlan = {
  name: string
  launch(): ChildProcess
  /** Resolves when the child that was just launched serves; a rejection counts for nothing. */
  whenReady(child: ChildProcess, ended: AbortSignal): Promise<void>
  log: LogFile
  say: (line: string) => void
}

export type Supervised = {
  /** The first readiness. Rejects when the child keeps ending, or hangs, before it. */
  ready: Promise<void>
  /** SIGTERM, and SIGKILL for the whole process group after `withinMs`. No restart follows. */
  stop(withinMs: number): Promise<void>
}

/** A child that has never been ready and ends this often will not be by one more try. */
const START_TRIES = 3
const READY_WITHIN_MS = 120_000

/** Runs a child, writes its lines to its log, and starts it again, ever more slowly, when it ends. */
export function supervise(plan: ChildPlan): Supervised {
  const { name, say, log } = plan
  const backoff = new Backoff()
  const ready = Promise.withResolvers<void>()
  const stopped = new AbortController()
  let child: ChildProcess | undefined
  let wasReady = false
  let deaths = 0

  const loop = async () => {
    while (!stopped.signal.aborted) {
      const since = performance.now()
      const current = plan.launch()
      child = current
      const ended = new AbortController()
      const exit = once(current, 'exit').catch((error: Error) => [error.message, null])
      follow(current, log, (line) => console.error(`${name.padEnd(6)} ${line}`))
      plan.whenReady(current, ended.signal).then(
        () => {
          if (wasReady) say(`The ${name} is ready again`)
          wasReady = true
          ready.resolve()
        },
        () => {},
      )
      const [code, signal] = await exit
      ended.abort()
      if (stopped.signal.aborted) return
      deaths += 1
      log.write(`--- ended ${how(code, signal)}`)
      if (!wasReady && deaths >= START_TRIES) {
        ready.reject(
          new UnavailableError(`The ${name} ended ${deaths} times before it was ready; see ${log.path}`),
        )
        return
      }
      const wait = backoff.next(performance.now() - since)
      say(`The ${name} ended (${how(code, signal)}); starting it again in ${wait / 1000} s`)
      await sleep(wait, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  loop().catch(ready.reject)
  const slow = new UnavailableError(`The ${name} was not ready within 120 s; see ${log.path}`)
  setTimeout(() => ready.reject(slow), READY_WITHIN_MS).unref()
  // Nobody may be waiting any more when it fails.
  ready.promise.catch(() => {})

  return { ready: ready.promise, stop: (withinMs) => stop(withinMs) }

  async function stop(withinMs: number): Promise<void> {
    stopped.abort()
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await Promise.race([exit, sleep(withinMs, undefined, { ref: false })])
    if (child.exitCode !== null || child.signalCode !== null || !child.pid) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It ended just now.
    }
    await exit
  }
}

function follow(child: ChildProcess, log: LogFile, show: (line: string) => void): void {
  for (const [stream, isError] of [
    [child.stdout, false],
    [child.stderr, true],
  ] as const) {
    if (!stream) continue
    createInterface(stream).on('line', (line) => {
      log.write(line)
      const shown = forConsole(line, isError)
      if (shown) show(shown)
    })
  }
}
