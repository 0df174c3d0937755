// What `npm start` and `npm test` run, under whatever Node the machine has (20.9 or newer): installs the
// packages, then starts Node 24 from them. Only plain JavaScript and Node's own modules here.
import { execFileSync, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [script = 'bin/start.ts', ...args] = process.argv.slice(2)
/** As bin/node-flags.ts, which Node 20 cannot read. */
const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  `--import=${new URL('imports.mjs', import.meta.url).href}`,
]
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP']
let child
let stoppedBy

process.chdir(root)
for (const signal of STOPS) process.on(signal, () => stop(signal))
if (process.env.npm_lifecycle_event) followParent()
try {
  await ensureInstalled(root, (...command) => spawnGuarded('KILL', ...command))
  const env = { ...process.env }
  // Makes fetch use the proxy that HTTPS_PROXY names, as npm did a moment ago.
  if (env.HTTPS_PROXY || env.https_proxy) env.NODE_USE_ENV_PROXY ??= '1'
  spawnGuarded('TERM', findNode(), [...FLAGS, script, ...args], { stdio: 'inherit', env })
  child.once('error', (error) => fail(error.message))
  child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
} catch (error) {
  // npm that was asked to stop has not failed.
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy])
  fail(error.message)
}

/** A killed npm tells nobody; its child then gets another parent. */
function followParent() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop('SIGTERM')
  }, 250).unref()
}

function stop(signal) {
  stoppedBy = signal
  if (child?.exitCode === null && child.signalCode === null) child.kill(signal)
  else process.exit(128 + constants.signals[signal])
}

/** The same as workers/guard.ts does, which Node 20 cannot read. */
function spawnGuarded(signal, command, list, options) {
  const stdio = Array.isArray(options.stdio) ? options.stdio : Array(3).fill(options.stdio)
  const guard = join(root, 'workers', 'guard.sh')
  child = spawn('/bin/sh', [guard, signal, '3', command, ...list], { ...options, stdio: [...stdio, 'pipe'] })
  const owner = child.stdio[3]
  owner.on('error', () => owner.destroy())
  child.once('exit', () => owner.end('ended\n'))
  return child
}

function findNode() {
  const brought = join(root, 'node_modules', '.bin', 'node')
  for (const path of [brought, process.execPath]) {
    try {
      const isThis = realpathSync(path) === realpathSync(process.execPath)
      const version = isThis ? process.version : execFileSync(path, ['--version'], { encoding: 'utf8' })
      if (Number(/^v(\d+)/.exec(version)?.[1]) >= 24) return path
    } catch {
      // Not there, or made for another system (musl): the next one.
    }
  }
  fail(
    `File Orbit needs Node 24 or newer. Its packages bring one for Linux and macOS on x64 and arm64, which does ` +
      `not run here (${process.platform} ${process.arch}), and this is ${process.version}. Install Node 24.`,
  )
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
