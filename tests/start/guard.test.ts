import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { spawnGuarded } from '#workers/guard.ts'
import { eventually, gone, isRunning, processesWith } from './processes.ts'

const OWNER = fileURLToPath(new URL('fixtures/guard-owner.ts', import.meta.url))
const started: number[] = []

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
})

/** A process that owns a child, as the start of File Orbit does. */
async function owner(by: string, ...command: string[]): Promise<{ process: ChildProcess; child: number }> {
  const process = spawn(globalThis.process.execPath, [OWNER, by, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  started.push(process.pid!)
  const [line] = (await once(createInterface(process.stdout!), 'line')) as [string]
  started.push(Number(line))
  return { process, child: Number(line) }
}

const guards = process.platform === 'linux' ? (['kernel', 'pipe'] as const) : (['pipe'] as const)

test('without a guard, the child of a killed owner lives on', async () => {
  const { process, child } = await owner('none', 'sleep', '1000')
  process.kill('SIGKILL')
  await once(process, 'exit')
  expect(isRunning(child)).toBe(true)
})

describe.each(guards)('guarded by the %s', (by) => {
  test('a child ends when its owner is killed with -9', async () => {
    const { process, child } = await owner(by, 'sleep', '1000')
    expect(isRunning(child)).toBe(true)
    process.kill('SIGKILL')
    await gone(child)
  })

  test('a Ctrl-C that owner and child ignore leaves the guard in force', async () => {
    const { process: parent, child } = await owner(by, 'sh', '-c', 'trap "" INT; sleep 1000; :')
    await eventually('the shell has set its trap', () =>
      processesWith('sleep 1000').some((p) => p.parent === child),
    )
    process.kill(-parent.pid!, 'SIGINT')
    expect(isRunning(child)).toBe(true)
    parent.kill('SIGKILL')
    await gone(child)
  })

  test('exit status and signals pass through', async () => {
    const failed = spawnGuarded('sh', ['-c', 'exit 7'], { by })
    expect(await once(failed, 'exit')).toEqual([7, null])
    const killed = spawnGuarded('sleep', ['1000'], { by })
    killed.kill('SIGTERM')
    expect(await once(killed, 'exit')).toEqual([null, 'SIGTERM'])
  })

  test('output, arguments and the message channel arrive as they are', async () => {
    const odd = ['a b', '$HOME', '"', "'", '-e', '']
    const script = 'process.send(process.argv.slice(1), () => process.disconnect()); console.log("out")'
    const child = spawnGuarded(process.execPath, ['-e', script, '--', ...odd], {
      by,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const [message] = await once(child, 'message')
    // `close` comes only when nobody holds the child's output open any more.
    await once(child, 'close')
    expect(message).toEqual(odd)
    expect(output).toBe('out\n')
  })

  test('nothing watches on after the child has ended', async () => {
    const mark = `mark-${process.pid}-${Math.random()}`
    const child = spawnGuarded('sh', ['-c', 'read -r line; :', mark], {
      by,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await eventually('it runs', () => processesWith(mark).length > 0)
    child.stdin?.end('\n')
    await once(child, 'exit')
    await eventually('its watcher is gone', () => processesWith(mark).length === 0)
  })
})
