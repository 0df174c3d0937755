import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export type RunningProcess = { pid: number; parent: number; command: string }

/** What runs now, zombies left out: they hold nothing, and a container's first process may be slow to reap. */
export function runningProcesses(): RunningProcess[] {
  const text = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' })
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, stat, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (!pid || !parent || !command || stat?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

export function isRunning(pid: number): boolean {
  return runningProcesses().some((process) => process.pid === pid)
}

/** Every process whose command line holds `text`; give it something only this test can have written. */
export function processesWith(text: string): RunningProcess[] {
  return runningProcesses().filter((process) => process.command.includes(text))
}

/** Nobody signals us when a process that is not our child ends, so this looks until it is true. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000) {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`)
    await sleep(20)
  }
}

export async function gone(pid: number, withinMs = 10_000): Promise<void> {
  await eventually(`process ${pid} is gone`, () => !isRunning(pid), withinMs)
}
