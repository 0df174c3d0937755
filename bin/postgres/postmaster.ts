import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

type PidFile = { pid: number; port: number; status: string }

/** Reads <data>/postmaster.pid: line 1 the process id, 4 the port, 8 (the last) the status; see PostgreSQL's pidfile.h. */
export function readPidFile(data: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
  } catch {
    return undefined
  }
}

/**
 * Clears the way for a start: stops a postmaster of ours that outlived its owner, and removes a pid file that
 * names a zombie or a stranger with the same id, at which PostgreSQL would refuse to start. The caller holds
 * the data folder's lock, so no living owner is robbed.
 */
export async function endOrphan(data: string): Promise<void> {
  const file = readPidFile(data)
  if (!file) return
  const isOurs = () => commandOf(file.pid)?.includes(` ${data} `) ?? false
  // Fast shutdown, then immediate (no checkpoint; the next start recovers), then the kernel's.
  for (const [signal, withinMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isOurs()) break
    try {
      process.kill(file.pid, signal)
    } catch {
      break
    }
    const deadline = Date.now() + withinMs
    while (isOurs() && Date.now() < deadline) await sleep(50)
  }
  if (isOurs()) throw new Error(`PostgreSQL with process ${file.pid} holds ${data} and does not end`)
  // With nobody there, PostgreSQL itself sees that the file is stale, and looks for left-over sessions.
  if (exists(file.pid)) rmSync(join(data, 'postmaster.pid'), { force: true })
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The command line of a running process; undefined when there is none, or only its zombie. */
function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // A zombie's command line is empty.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined
    }
    const text = execFileSync('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim()
    return text.startsWith('Z') ? undefined : text
  } catch {
    return undefined
  }
}
