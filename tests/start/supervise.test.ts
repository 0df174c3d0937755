import { readdirSync, readFileSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Backoff } from '#bin/backoff.ts'
import { appendTo, LogFile } from '#bin/log-file.ts'
import { forConsole } from '#bin/output.ts'
import { type ChildPlan, supervise } from '#bin/supervise.ts'
import { spawnGuarded } from '#workers/guard.ts'
import { temporaryFolder } from './folders.ts'
import { eventually, isRunning } from './processes.ts'

/** A child that runs `program` in Node and is ready when it sends a message. */
async function plan(program: string): Promise<{ plan: ChildPlan; said: string[]; pids: number[] }> {
  const said: string[] = []
  const pids: number[] = []
  const log = new LogFile(join(await temporaryFolder(), 'child.log'))
  const made: ChildPlan = {
    name: 'child',
    log,
    say: (line) => said.push(line),
    launch() {
      const child = spawnGuarded(process.execPath, ['-e', program], {
        ...{ stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
      })
      pids.push(child.pid!)
      return child
    },
    whenReady: (child) => new Promise((resolve) => child.once('message', () => resolve())),
  }
  return { plan: made, said, pids }
}

const STAYS = `console.log('line of ' + process.pid); process.send('ready'); setInterval(() => {}, 1000);`

test('a child that dies is started again and that is said', async () => {
  const { plan: child, said, pids } = await plan(STAYS)
  const supervised = supervise(child)
  onTestFinished(() => supervised.stop(0))
  await supervised.ready
  process.kill(pids[0]!, 'SIGKILL')
  await eventually('it is ready again', () => said.length === 2)
  expect(said).toEqual([
    'The child ended (signal SIGKILL); starting it again in 0.5 s',
    'The child is ready again',
  ])
  await supervised.stop(5_000)
  expect(pids.filter(isRunning)).toEqual([])
  expect(pids).toHaveLength(2)
  const log = readFileSync(child.log.path, 'utf8')
  for (const pid of pids) expect(log).toContain(`line of ${pid}\n`)
})

test('one that never becomes ready ends the start, pointing to its log', async () => {
  const { plan: child, said, pids } = await plan('process.exitCode = 3')
  await expect(supervise(child).ready).rejects.toThrow(
    `The child ended 3 times before it was ready; see ${child.log.path}`,
  )
  expect(pids).toHaveLength(3)
  expect(said).toEqual([
    'The child ended (exit code 3); starting it again in 0.5 s',
    'The child ended (exit code 3); starting it again in 1 s',
  ])
})

test('stopping is asked first, then forced, and is not undone by a restart', async () => {
  const deaf = await plan(`process.on('SIGTERM', () => process.send('deaf')); ${STAYS}`)
  const supervised = supervise(deaf.plan)
  await supervised.ready
  const since = performance.now()
  await supervised.stop(300)
  expect(performance.now() - since).toBeGreaterThanOrEqual(290)
  expect(deaf.pids.filter(isRunning)).toEqual([])
  expect(deaf.said).toEqual([])
})

test('waits grow from half a second to fifteen, and begin anew after a minute of health', () => {
  const backoff = new Backoff()
  const waits = Array.from({ length: 7 }, () => backoff.next(10))
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  expect(backoff.next(60_000)).toBe(500)
  expect(backoff.next(59_999)).toBe(1_000)
})

test.each([
  ['{"level":"info","msg":"started"}', true, undefined],
  ['{"level":"warn","msg":"careful"}', false, 'warn: careful'],
  ['{"level":"error","msg":"no","err":{"message":"because"}}', false, 'error: no: because'],
  ['{"level":"error","msg":"queue","err":"lost"}', false, 'error: queue: lost'],
  ['plain', true, 'plain'],
  ['plain', false, undefined],
  ['   ', true, undefined],
  ['{not json', true, '{not json'],
])('of %s (stderr: %s) the console shows %s', (line, isError, shown) => {
  expect(forConsole(line, isError)).toBe(shown)
})

describe('a log', () => {
  const TOO_LARGE = 10 * 1024 * 1024 + 1

  test('that has grown too large is put aside when opened, and three are kept', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a.log')
    for (const name of ['a.log', 'a.log.1', 'a.log.2', 'a.log.3']) await writeFile(join(folder, name), name)
    await truncate(path, TOO_LARGE)
    expect(appendTo(path).from).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2', 'a.log.3'])
    expect(readFileSync(`${path}.2`, 'utf8')).toBe('a.log.1')
    expect(readFileSync(`${path}.3`, 'utf8')).toBe('a.log.2')
  })

  test('is put aside while it is written', async () => {
    const path = join(await temporaryFolder(), 'a.log')
    const log = new LogFile(path)
    log.write('x'.repeat(TOO_LARGE))
    log.write('the first of the next')
    expect(readFileSync(path, 'utf8')).toBe('the first of the next\n')
    expect(readFileSync(`${path}.1`).length).toBe(TOO_LARGE + 1)
  })
})
