import { spawnSync } from 'node:child_process'
import { programPath } from './servers/programs.ts'

/** Of a host key, as a person reads it on the server. */
export function fingerprintOf(publicKey: string): string {
  const command = programPath('ssh-keygen')
  const { stdout } = spawnSync(command, ['-lf', '-'], { input: `${publicKey}\n`, encoding: 'utf8' })
  return stdout.split(' ')[1] ?? ''
}
