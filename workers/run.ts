import { type GuardOptions, spawnGuarded } from './guard.ts'

export type RunResult = {
  /** Exit status; null when it was killed (time-out, abort) or could not be started. */
  status: number | null
  stdout: string
  /** Both streams as they came, for showing to a person when it failed. */
  output: string
}

export type RunOptions = Pick<GuardOptions, 'env' | 'cwd' | 'user' | 'signal' | 'onParentDeath'> & {
  timeoutMs?: number
  /** Given to the command on its standard input, which is empty otherwise. */
  input?: string
  /** Characters that are kept of the end of what it says; by default a quarter of a million. */
  keep?: number
}

/** Nothing of our settings, some of which are secret, for a program that was not given them. */
const BARE = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' }

/** A build that fails may print megabytes; its end says why. */
const KEPT = 256 * 1024

/**
 * Runs a command to its end, guarded, in a process group of its own. Never throws for what the command does:
 * read `status`. A time-out or an abort kills the whole group, helpers included.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const { timeoutMs, input, signal, keep = KEPT, ...rest } = options
  return new Promise((resolve) => {
    const child = spawnGuarded(command, args, { env: BARE, ...rest, stdio: 'pipe', detached: true })
    const result: RunResult = { status: null, stdout: '', output: '' }
    const add = (text: string) => {
      result.output = (result.output + text).slice(-keep)
    }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      result.stdout = (result.stdout + text).slice(-keep)
      add(text)
    })
    child.stderr?.setEncoding('utf8').on('data', add)
    // A command that ends before it has read everything says so by its status.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')

    const kill = (why: string) => {
      add(`${why}\n`)
      endGroup(child.pid)
    }
    const onAbort = () => kill('stopped')
    const timer = timeoutMs && setTimeout(() => kill(`no end within ${timeoutMs / 1000} s`), timeoutMs)
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    const finish = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(result)
    }
    child.once('error', (error) => {
      add(`${error.message}\n`)
      finish()
    })
    child.once('close', (status) => {
      result.status = status
      finish()
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (!pid) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}
