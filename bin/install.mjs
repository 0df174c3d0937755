import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { takeLock } from './lock.mjs'

/**
 * Brings node_modules in line with package-lock.json, when the two differ. Two starts at once from one clone
 * take turns. Ends the process with npm's own output when npm fails.
 *
 * @param {string} root the clone
 * @param {(command: string, args: string[], options: object) => import('node:child_process').ChildProcess} spawnGuarded
 */
export async function ensureInstalled(root, spawnGuarded) {
  const stamp = join(root, 'node_modules', '.file-orbit-installed')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    // A folder that moved here from another system holds that system's binaries.
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isCurrent()) return

  const release = await takeLock(join(root, '.install.lock'), (owner) =>
    console.log(`Waiting for process ${owner}, which installs the packages`),
  )
  process.once('exit', release)
  try {
    if (isCurrent()) return
    rmSync(stamp, { force: true })
    const since = Date.now()
    console.log('Installing packages (npm ci)')
    await npmCi(root, spawnGuarded)
    writeFileSync(stamp, wanted)
    console.log(`Installed packages in ${((Date.now() - since) / 1000).toFixed(1)} s`)
  } finally {
    release()
    process.removeListener('exit', release)
  }
}

async function npmCi(root, spawnGuarded) {
  const { NODE_ENV: _, ...env } = process.env
  // npm puts node_modules/.bin first in PATH; its node is about to be deleted and brought back.
  const inside = join(root, 'node_modules', '.bin')
  env.PATH = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== inside)
    .join(delimiter)
  // The build needs the dev packages and Node 24 is an optional one, whatever the machine's settings leave out.
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional']
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  const [command, ...first] = script?.endsWith('npm-cli.js') && node ? [node, script] : ['npm']

  const child = spawnGuarded(command, [...first, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const [status, signal] = await new Promise((resolve) => {
    child.once('error', (error) => resolve([error.message, null]))
    child.once('close', (...how) => resolve(how))
  })
  if (status === 0) return
  process.stderr.write(Buffer.concat(output))
  throw new Error(`npm ci failed (${signal ?? status}); its output is above.`)
}
