import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import { spawnGuarded } from '#workers/guard.ts'
import { findRclone } from '#workers/rclone/binary.ts'
import { type Outcome, readPlaywright, readVitest } from './reports.ts'
import { installMissing } from './support/servers/install.ts'
import { BROWSER, SERVERS } from './support/servers/needs.ts'
import { findChromium } from './support/servers/programs.ts'

// What `npm test` runs: sets up what is missing, then every test. Arguments choose files:
// `npm test -- tests/jobs` runs Vitest on them, `npm test -- tests/browser` Playwright.

/** Workers hand over within three seconds; service managers wait ten. */
const STOP_WITHIN_MS = 5000

const mustRunAll = process.env.CI === 'true'
const asked = process.argv.slice(2)
const browserAsked = asked.filter((name) => name.includes('tests/browser'))
const otherAsked = asked.filter((name) => !name.includes('tests/browser'))
const folder = makeFolder()
let running: ChildProcess | undefined
let stopped = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal))

const status = await main().finally(() => rmSync(folder, { recursive: true, force: true }))
if (!stopped) process.exit(status)

/**
 * Where the tests' temporary folders go, all of them. A shell of its own waits for the end of this process and
 * then removes it: kill -9 leaves nothing on the disk either.
 */
function makeFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'fo-test-'))
  // As root PostgreSQL runs as another user, who must pass through.
  chmodSync(made, 0o711)
  process.env.TMPDIR = made
  // Several tries: what ends at the same moment may still write.
  const sweep = 'cat >/dev/null; for n in 1 2 3 4 5; do sleep 1; rm -rf -- "$1" && break; done'
  const broom = spawn('/bin/sh', ['-c', `trap "" HUP INT TERM; ${sweep}`, 'sh', made], {
    ...{ cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  })
  broom.unref()
  return made
}

/** The runner first, which stops what its tests started; then whoever is left of its group. */
async function stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): Promise<void> {
  if (stopped) return
  stopped = true
  console.log(`Stopping the tests (${signal})`)
  const child = running
  if (child) {
    const ended = once(child, 'exit')
    endGroup(child, 'SIGTERM')
    const timer = setTimeout(() => endGroup(child, 'SIGKILL'), STOP_WITHIN_MS)
    await ended
    clearTimeout(timer)
    endGroup(child, 'SIGKILL')
  }
  process.exit(128 + constants.signals[signal])
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal)
  } catch {
    // Nobody is left in it.
  }
}

async function main(): Promise<number> {
  const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] }
  await findRclone({ log: console.log })
  const runsVitest = asked.length === 0 || otherAsked.length > 0
  const runsPlaywright = asked.length === 0 || browserAsked.length > 0
  installMissing([...(runsPlaywright ? BROWSER : []), ...(runsVitest ? SERVERS : [])])
  const chromium = findChromium()
  await buildPages({ root: process.cwd(), env: buildEnvironment(), say: console.log })
  if (runsVitest) add(total, await runVitest())
  if (runsPlaywright) {
    if (chromium) add(total, await runPlaywright(chromium))
    else {
      console.log('SKIPPED: the browser tests. Install Chromium: apt-get install chromium')
      total.skipped += 1
    }
  }
  if (mustRunAll && total.skipped > 0) {
    console.log(`${total.skipped} tests were skipped; in CI that is a failure.`)
    total.failed += total.skipped
    total.skipped = 0
  }
  // Of a long log often only the end is at hand: what failed stands there.
  for (const failure of total.failures) console.log(`FAILED ${failure}`)
  if (total.passed + total.failed === 0) {
    console.log('No test ran.')
    total.failed = 1
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  return total.failed > 0 ? 1 : 0
}

function add(total: Outcome, more: Outcome): void {
  total.passed += more.passed
  total.failed += more.failed
  total.skipped += more.skipped
  total.failures.push(...more.failures)
}

async function runVitest(): Promise<Outcome> {
  const report = join(folder, 'vitest.json')
  const status = await execute([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...otherAsked,
  ])
  return readVitest(report, status)
}

async function runPlaywright(chromium: string): Promise<Outcome> {
  const report = join(folder, 'playwright.json')
  const status = await execute(['node_modules/@playwright/test/cli.js', 'test', ...browserAsked], {
    FILE_ORBIT_CHROMIUM: chromium,
    FILE_ORBIT_BROWSER_REPORT: report,
  })
  return readPlaywright(report, status)
}

/** In a group of its own, which ends with this process, kill -9 included. */
async function execute(args: string[], more: Record<string, string> = {}): Promise<number | null> {
  const child = spawnGuarded(process.execPath, args, {
    ...{ detached: true, env: { ...process.env, ...more }, stdio: ['ignore', 'inherit', 'inherit'] },
  })
  running = child
  const [status] = (await once(child, 'exit')) as [number | null]
  running = undefined
  endGroup(child, 'SIGKILL')
  return status
}
