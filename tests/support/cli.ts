import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Later } from './later.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/file-orbit.ts', import.meta.url))

export type CommandEnd = { status: number | null; out: string; err: string }

export type RunningCommand = {
  process: ChildProcess
  end: Promise<CommandEnd>
  /** Resolves when standard error or output has said it. */
  said(what: RegExp): Promise<void>
}

type Env = Record<string, string | undefined>

/** The command line as a person starts it: another process, with this environment and nothing else. */
export function startCommand(args: string[], env: Env, cwd?: string): RunningCommand {
  return watch(spawn(process.execPath, [PROGRAM, ...args], optionsOf(env, cwd)))
}

export function runCommand(args: string[], env: Env, cwd?: string): Promise<CommandEnd> {
  return startCommand(args, env, cwd).end
}

/** The same with `input` on standard input. */
export function runCommandWith(input: string, args: string[], env: Env): Promise<CommandEnd> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    ...{ ...optionsOf(env), stdio: ['pipe', 'pipe', 'pipe'] },
  })
  child.stdin!.end(input)
  return watch(child).end
}

export function runProgram(file: string, args: string[], env: Env, cwd?: string): Promise<CommandEnd> {
  return watch(spawn(file, args, optionsOf(env, cwd))).end
}

/** A shell line on a pseudo-terminal of this many columns (util-linux or BSD `script`). */
export function startOnTerminal(line: string, env: Env, later: Later): RunningCommand {
  const args =
    process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qec', line, '/dev/null']
  const options = { ...optionsOf({ TERM: 'xterm', ...env }), detached: true }
  const child = spawn('script', args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  later(async () => {
    child.kill('SIGKILL')
  })
  return watch(child)
}

/** How a shell line calls the program. */
export function commandLine(args: string): string {
  return `'${process.execPath}' '${PROGRAM}' ${args}`
}

function optionsOf(env: Env, cwd?: string): SpawnOptions {
  const whole = { NODE_ENV: 'production' as const, PATH: process.env.PATH, HOME: process.env.HOME, ...env }
  return { env: whole, ...(cwd && { cwd }), stdio: ['ignore', 'pipe', 'pipe'] }
}

function watch(child: ChildProcess): RunningCommand {
  const told = { out: '', err: '' }
  const listeners = new Set<() => void>()
  const keep = (name: 'out' | 'err') => (text: string) => {
    told[name] += text
    for (const listener of listeners) listener()
  }
  child.stdout!.setEncoding('utf8').on('data', keep('out'))
  child.stderr!.setEncoding('utf8').on('data', keep('err'))
  const end = once(child, 'close').then(([status]) => ({ status: status as number | null, ...told }))
  const said = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!what.test(told.out) && !what.test(told.err)) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      void end.then(() => reject(new Error(`It ended without saying ${what}:\n${told.out}\n${told.err}`)))
      look()
    })
  return { process: child, end, said }
}
