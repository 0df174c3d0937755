import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import { findRclone } from '#workers/rclone/binary.ts'

// What `npm test` runs: sets up what is missing, then every test. Arguments choose files:
// `npm test -- tests/jobs` runs Vitest on them, `npm test -- tests/browser` Playwright.

type Counts = { passed: number; failed: number; skipped: number }

const mayInstall = process.env.FILE_ORBIT_TEST_SETUP !== '0'
const mustRunAll = process.env.CI === 'true'
const asked = process.argv.slice(2)
const browserAsked = asked.filter((name) => name.includes('tests/browser'))
const otherAsked = asked.filter((name) => !name.includes('tests/browser'))
const folder = mkdtempSync(join(tmpdir(), 'file-orbit-tests-'))

process.exitCode = await main().finally(() => rmSync(folder, { recursive: true, force: true }))

async function main(): Promise<number> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 }
  await findRclone({ log: console.log })
  const chromium = findChromium() ?? installChromium()
  await buildPages({ root: process.cwd(), env: buildEnvironment(), say: console.log })
  if (asked.length === 0 || otherAsked.length > 0) add(total, runVitest())
  if (asked.length === 0 || browserAsked.length > 0) {
    if (chromium) add(total, runPlaywright(chromium))
    else {
      console.log('SKIPPED: the browser tests. Install Chromium: apt-get install chromium')
      add(total, mustRunAll ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 })
    }
  }
  if (mustRunAll && total.skipped > 0) {
    console.log(`${total.skipped} tests were skipped; in CI that is a failure.`)
    total.failed += total.skipped
    total.skipped = 0
  }
  if (total.passed + total.failed === 0) {
    console.log('No test ran.')
    total.failed = 1
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  return total.failed > 0 ? 1 : 0
}

function add(total: Counts, more: Counts): void {
  total.passed += more.passed
  total.failed += more.failed
  total.skipped += more.skipped
}

function runVitest(): Counts {
  const report = join(folder, 'vitest.json')
  const status = execute([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...otherAsked,
  ])
  const found = read<{
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    numTodoTests: number
  }>(report)
  if (!found) return { passed: 0, failed: 1, skipped: 0 }
  const failed = found.numFailedTests
  // A file that cannot be loaded fails without a failed test.
  return {
    passed: found.numPassedTests,
    failed: status === 0 ? failed : Math.max(failed, 1),
    skipped: found.numPendingTests + found.numTodoTests,
  }
}

function runPlaywright(chromium: string): Counts {
  const report = join(folder, 'playwright.json')
  const status = execute(['node_modules/@playwright/test/cli.js', 'test', ...browserAsked], {
    FILE_ORBIT_CHROMIUM: chromium,
    FILE_ORBIT_BROWSER_REPORT: report,
  })
  const found = read<{ stats: { expected: number; unexpected: number; flaky: number; skipped: number } }>(
    report,
  )
  if (!found) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = found.stats
  return {
    passed: expected,
    failed: status === 0 ? unexpected + flaky : Math.max(unexpected + flaky, 1),
    skipped,
  }
}

function execute(args: string[], more: Record<string, string> = {}): number | null {
  return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...more } }).status
}

function read<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null
}

function findChromium(): string | null {
  const places = [
    process.env.FILE_ORBIT_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  return places.find((path) => path !== undefined && path !== '' && existsSync(path)) ?? null
}

/** Playwright's own browsers come from a host that many machines cannot reach; Debian has one. */
function installChromium(): string | null {
  const isDebian = existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
  if (!mayInstall || !isDebian || process.getuid?.() !== 0) return null
  console.log('Installing Chromium for the browser tests (apt-get install chromium)')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env })
  apt('update')
  const installed = apt('install', '-y', '--no-install-recommends', 'chromium')
  if (installed.status !== 0) console.log(installed.stdout + installed.stderr)
  return findChromium()
}
