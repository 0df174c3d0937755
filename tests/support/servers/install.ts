import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { missingPackages, type NeedName } from './needs.ts'

const SCRIPT = fileURLToPath(new URL('install.sh', import.meta.url))

/**
 * As root on Debian: what `names` lack, at once, and says so first; FILE_ORBIT_TEST_SETUP=0 forbids it. No service
 * is started by it, now or at the next boot. Elsewhere the tests themselves say what they miss (needs.ts).
 */
export function installMissing(names: NeedName[]): void {
  const missing = missingPackages(names)
  const isDebian = existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
  const mayInstall = process.env.FILE_ORBIT_TEST_SETUP !== '0'
  if (missing.length === 0 || !mayInstall || !isDebian || process.getuid?.() !== 0) return
  console.log(`Installing what the tests need: apt-get install ${missing.join(' ')}`)
  const installed = spawnSync('/bin/sh', [SCRIPT, ...missing], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (installed.status !== 0) console.log(installed.stdout + installed.stderr)
}
