import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '#workers/run.ts'
import { temporaryFolder } from './folders.ts'
import { eventually, gone, isRunning, processesWith } from './processes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The machine's PATH without this clone's node_modules/.bin, which `npm test` put there. */
const PATH = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
/** Node 24 for the script, since the tiny project brings none. */
const env: Record<string, string | undefined> = {
  PATH: [dirname(process.execPath), ...PATH].join(':'),
  HOME: process.env.HOME,
}

/** A clone in small: one dependency and one dev dependency, both in folders of its own. */
async function tinyClone(): Promise<string> {
  const root = await temporaryFolder()
  for (const file of ['up.mjs', 'imports.mjs', 'install.mjs', 'lock.mjs'])
    await cp(join(ROOT, 'bin', file), join(root, 'bin', file))
  await cp(join(ROOT, 'workers', 'guard.sh'), join(root, 'workers', 'guard.sh'))
  for (const name of ['needed', 'needed-to-build']) {
    await mkdir(join(root, name))
    await writeFile(join(root, name, 'package.json'), JSON.stringify({ name, version: '1.0.0' }))
  }
  await describePackage(root)
  await writeFile(
    join(root, 'bin', 'hello.ts'),
    `const words: string[] = process.argv.slice(2)
     console.log('hello', words.join('|'), process.env.NODE_ENV)
     process.exitCode = Number(words[0] ?? 0)`,
  )
  await writeFile(
    join(root, 'bin', 'wait.ts'),
    `process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(5) })
     process.on('SIGHUP', () => { console.log('hung up'); process.exit(6) })
     setInterval(() => {}, 1000)
     console.log('waiting ' + process.pid)`,
  )
  return root
}

async function describePackage(root: string, more: Record<string, unknown> = {}): Promise<void> {
  const description = {
    ...{
      name: 'tiny',
      version: '1.0.0',
      type: 'module',
      scripts: { start: 'exec node bin/up.mjs bin/wait.ts' },
    },
    dependencies: { needed: 'file:needed' },
    devDependencies: { 'needed-to-build': 'file:needed-to-build' },
    ...more,
  }
  await writeFile(join(root, 'package.json'), JSON.stringify(description))
  const made = await run('npm', ['install', '--package-lock-only', '--offline', '--no-audit'], {
    cwd: root,
    env,
  })
  if (made.status !== 0) throw new Error(made.output)
}

const up = (root: string, ...args: string[]) =>
  run(process.execPath, ['bin/up.mjs', ...args], { cwd: root, env })

test('installs when the lock file changed and only then, and hands over arguments and exit status', async () => {
  const root = await tinyClone()
  const first = await up(root, 'bin/hello.ts', '3', 'a b')
  expect(first.output).toMatch(
    /^Installing packages \(npm ci\)\nInstalled packages in [\d.]+ s\nhello 3\|a b undefined\n$/,
  )
  expect(first.status).toBe(3)
  expect((await up(root, 'bin/hello.ts')).output).toBe('hello  undefined\n')
  await describePackage(root, { dependencies: {} })
  expect((await up(root, 'bin/hello.ts')).output).toContain('Installing packages')
  await rm(join(root, 'node_modules'), { recursive: true })
  expect((await up(root, 'bin/hello.ts')).output).toContain('Installing packages')
})

test('installs what the build needs in production too', async () => {
  const root = await tinyClone()
  const production = { ...env, NODE_ENV: 'production', npm_config_omit: 'dev' }
  const { output } = await run(process.execPath, ['bin/up.mjs', 'bin/hello.ts'], {
    cwd: root,
    env: production,
  })
  expect(output).toContain('hello  production')
  expect(await readFile(join(root, 'node_modules', 'needed-to-build', 'package.json'), 'utf8')).toContain(
    '1.0.0',
  )
})

test('runs the script with the Node that the packages bring', async () => {
  const root = await tinyClone()
  const node = `#!/bin/sh\nBROUGHT=yes exec '${process.execPath}' "$@"\n`
  await writeFile(join(root, 'needed', 'node'), node, { mode: 0o755 })
  await writeFile(
    join(root, 'needed', 'package.json'),
    JSON.stringify({ name: 'needed', version: '1.0.0', bin: { node: 'node' } }),
  )
  await describePackage(root)
  await writeFile(join(root, 'bin', 'asks.ts'), 'console.log("brought:", process.env.BROUGHT)')
  expect((await up(root, 'bin/asks.ts')).output).toContain('brought: yes')
})

test('two at once take turns, and one installs', async () => {
  const root = await tinyClone()
  const both = await Promise.all([up(root, 'bin/hello.ts', '0', 'one'), up(root, 'bin/hello.ts', '0', 'two')])
  const output = both.map((result) => result.output).join('')
  expect(output.match(/Installed packages/g)).toHaveLength(1)
  expect(output.match(/^Waiting for process \d+, which installs the packages$/gm)).toHaveLength(1)
  expect(output).toContain('hello 0|one')
  expect(output).toContain('hello 0|two')
})

test('a lock whose owner was killed is pushed aside', async () => {
  const root = await tinyClone()
  const owner = spawn('sleep', ['1000'])
  const dead = owner.pid!
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  await writeFile(join(root, '.install.lock'), JSON.stringify({ pid: dead, started: '1' }))
  expect((await up(root, 'bin/hello.ts')).output).toContain('hello')
  // The same id, given to another process since.
  await rm(join(root, 'node_modules'), { recursive: true })
  await writeFile(join(root, '.install.lock'), JSON.stringify({ pid: process.pid, started: '1' }))
  expect((await up(root, 'bin/hello.ts')).output).toContain('hello')
})

test('shows npm’s own words when it fails, and tries again the next time', async () => {
  const root = await tinyClone()
  const description = await readFile(join(root, 'package.json'), 'utf8')
  await writeFile(join(root, 'package.json'), description.replace('file:needed"', 'file:absent"'))
  const failed = await up(root, 'bin/hello.ts')
  expect(failed.status).toBe(1)
  expect(failed.output).toMatch(/npm error .* lock file/)
  expect(failed.output).toContain('npm ci failed (1)')
  expect(failed.output).not.toContain('hello')
  await writeFile(join(root, 'package.json'), description)
  expect((await up(root, 'bin/hello.ts')).output).toContain('hello')
})

test.each([
  ['SIGTERM', 'asked to stop', 5],
  ['SIGHUP', 'hung up', 6],
] as const)('%s reaches the script, whose exit status is ours', async (signal, said, status) => {
  const root = await tinyClone()
  const { process: starter, lines } = await waiting(root, process.execPath, ['bin/up.mjs', 'bin/wait.ts'])
  const exit = once(starter, 'exit')
  starter.kill(signal)
  expect((await lines.next()).value).toBe(said)
  expect(await exit).toEqual([status, null])
})

test('killed with -9, it takes the script along', async () => {
  const root = await tinyClone()
  const { process: starter, script } = await waiting(root, process.execPath, ['bin/up.mjs', 'bin/wait.ts'])
  starter.kill('SIGKILL')
  await gone(script)
  await eventually('nothing of it is left', () => processesWith(root).length === 0)
})

test('a killed npm takes all of it along', async () => {
  const root = await tinyClone()
  const { process: npm, script } = await waiting(root, 'npm', ['start'])
  expect(isRunning(script)).toBe(true)
  npm.kill('SIGKILL')
  await gone(script)
  await eventually('nothing of it is left', () => processesWith(root).length === 0)
})

async function waiting(root: string, command: string, args: string[]) {
  const starter = spawn(command, args, {
    ...{ cwd: root, env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'inherit'] as const },
  })
  const lines = createInterface(starter.stdout)[Symbol.asyncIterator]()
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error('it ended before it waited')
    const [, pid] = /^waiting (\d+)$/.exec(value) ?? []
    if (!pid) continue
    onTestFinished(() => {
      if (isRunning(Number(pid))) process.kill(Number(pid), 'SIGKILL')
    })
    return { process: starter, script: Number(pid), lines }
  }
}
