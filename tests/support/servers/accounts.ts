import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findNssWrapper, programPath } from './programs.ts'

export type Account = { name: string; password: string; home: string }

/** The environment in which a server sees the accounts. */
export type AccountEnv = { LD_PRELOAD: string; NSS_WRAPPER_PASSWD: string; NSS_WRAPPER_GROUP: string }

/**
 * Users with passwords for a server of the tests, which exist for that server alone: the machine's own files stay
 * as they are, so there is nothing to remove. Their hashes stand in the passwd file itself, as PAM's unix module
 * and sshd take them; a shadow file would be looked for on the machine. All of them are the user who runs the
 * tests, who owns the folders and may become nobody else without being root.
 */
export async function writeAccounts(folder: string, accounts: Account[]): Promise<AccountEnv> {
  const library = findNssWrapper()
  if (!library) throw new Error('libnss_wrapper.so is not installed (Debian: libnss-wrapper)')
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  const users = accounts.map(
    ({ name, password, home }) => `${name}:${hashOf(password)}:${uid}:${gid}::${home}:/bin/sh`,
  )
  // Those whom the servers themselves turn into.
  const own = [
    'root:x:0:0::/root:/bin/sh',
    ...['sshd', 'ftp', 'nobody'].map((name) => `${name}:x:65534:65534::/:/bin/false`),
  ]
  const passwd = join(folder, 'passwd')
  const group = join(folder, 'group')
  await writeFile(passwd, `${[...users, ...own].join('\n')}\n`)
  await writeFile(group, `root:x:0:\ntests:x:${gid || 1000}:\nnogroup:x:65534:\n`)
  return { LD_PRELOAD: library, NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group }
}

function hashOf(password: string): string {
  const made = spawnSync(programPath('openssl'), ['passwd', '-6', '-stdin'], {
    input: password,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`openssl gave no hash: ${made.stderr}`)
  return made.stdout.trim()
}
