import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from './programs.ts'

export type KeyPair = {
  /** The file with the private key; `.pub` beside it. */
  file: string
  /** The private key in OpenSSH's form, several lines. */
  pem: string
  /** As a line of known hosts without the host: `ssh-ed25519 AAAA…`. */
  publicKey: string
}

/** An ed25519 key; with a passphrase the private one is encrypted. */
export function makeKey(folder: string, name: string, passphrase = ''): KeyPair {
  const file = join(folder, name)
  const ask = join(folder, 'ask')
  // Told by the environment: everybody on the machine can read arguments.
  writeFileSync(ask, `#!/bin/sh\nprintf '%s\\n' "$KEY_PASSPHRASE"\n`)
  chmodSync(ask, 0o700)
  const args = ['-q', '-t', 'ed25519', '-C', 'tests', '-f', file, ...(passphrase ? [] : ['-N', ''])]
  const env = { ...process.env, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', KEY_PASSPHRASE: passphrase }
  execFileSync(programPath('ssh-keygen'), args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  const [algorithm, key] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return { file, pem: readFileSync(file, 'utf8'), publicKey: `${algorithm} ${key}` }
}
