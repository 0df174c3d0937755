import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { type AccountEnv, writeAccounts } from './accounts.ts'
import { answersOn, startDaemon } from './daemon.ts'
import { programPath } from './programs.ts'
import { type KeyPair, makeKey } from './ssh-keys.ts'
import type { Storage } from './types.ts'

export type SshServer = Storage & {
  /** The key that `settings.host_keys` names; changes with `changeHostKey`. */
  readonly hostKey: string
  keys: {
    /** Either lets the user in. */
    plain: KeyPair
    encrypted: KeyPair & { passphrase: string }
    /** The server does not know this one. */
    stranger: KeyPair
  }
  /** Instead of `settings`: signed in by key. */
  keySettings: Record<string, string>
  encryptedKeySettings: Record<string, string>
  /** Another host key on the same port, as after a reinstallation or behind a thief. Returns it. */
  changeHostKey(): Promise<string>
  /** Ends the server with the connections it has; `start` brings it back on its port. */
  stop(): Promise<void>
  start(): Promise<void>
}

export type SshOptions = { folder?: string; user?: string; password?: string }

/** OpenSSH's server over `folder`: passwords, keys, SFTP and a shell, as on any machine. */
export async function startSsh(later: Later, options: SshOptions = {}): Promise<SshServer> {
  const { user = 'orbit', password = 'ssh pass-wörd' } = options
  const home = await tempFolder(later)
  const folder = options.folder ?? join(home, 'files')
  await mkdir(folder, { recursive: true })
  const accounts = await writeAccounts(home, [{ name: user, password, home: folder }])
  const passphrase = 'key pass-phrase'
  const keys = {
    plain: makeKey(home, 'plain'),
    encrypted: { ...makeKey(home, 'encrypted', passphrase), passphrase },
    stranger: makeKey(home, 'stranger'),
  }
  const allowed = join(home, 'authorized_keys')
  await writeFile(allowed, `${keys.plain.publicKey}\n${keys.encrypted.publicKey}\n`)

  const port = await freePort()
  const log = join(home, 'sshd.log')
  let hostKey = makeKey(home, 'host-1')
  let times = 1
  const run = async () => {
    const config = join(home, `sshd_config-${times}`)
    await writeFile(config, configOf({ port, hostKey: hostKey.file, allowed }))
    return startSshd(home, config, accounts, port, log)
  }
  let daemon: Awaited<ReturnType<typeof run>> | undefined = await run()
  const stop = async () => {
    await daemon?.stop()
    daemon = undefined
  }
  later(stop)

  const place = () => ({ host: '127.0.0.1', port: String(port), user, host_keys: hostKey.publicKey })
  return {
    ...{ type: 'sftp', host: '127.0.0.1', port, user, password, path: '', folder, log, keys, stop },
    get pids() {
      return daemon ? [daemon.pid] : []
    },
    get hostKey() {
      return hostKey.publicKey
    },
    get settings() {
      return { ...place(), pass: password }
    },
    get keySettings() {
      return { ...place(), key_pem: keys.plain.pem }
    },
    get encryptedKeySettings() {
      return { ...place(), key_pem: keys.encrypted.pem, key_file_pass: passphrase }
    },
    async start() {
      daemon ??= await run()
    },
    async changeHostKey() {
      await stop()
      times += 1
      hostKey = makeKey(home, `host-${times}`)
      daemon = await run()
      return hostKey.publicKey
    },
  }
}

function startSshd(home: string, config: string, accounts: AccountEnv, port: number, log: string) {
  // Of the system, gone after each of its starts; sshd as root insists on it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const sshd = programPath('sshd')
  // Since 9.8 who mistypes a password waits longer each time; older ones do not know the word.
  const penalties = spawnSync(sshd, ['-t', '-f', config, '-o', 'PerSourcePenalties=no'])
  const more = penalties.status === 0 ? ['-o', 'PerSourcePenalties=no'] : []
  return startDaemon({
    // It starts itself anew for each client, so by its whole path.
    ...{ command: sshd, args: ['-D', '-e', '-f', config, ...more] },
    ...{ env: accounts, cwd: home, log, ready: answersOn(port) },
  })
}

/**
 * A program of its own rather than sshd's: sshd closes all files that it does not know, those of nss_wrapper too, which
 * then rewinds whatever got their numbers. Folders were listed twice.
 */
const SFTP_SERVERS = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/libexec/sftp-server',
]

function configOf({ port, hostKey, allowed }: { port: number; hostKey: string; allowed: string }): string {
  return `
Port ${port}
ListenAddress 127.0.0.1
HostKey ${hostKey}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
AuthorizedKeysFile ${allowed}
Subsystem sftp ${SFTP_SERVERS.find((path) => existsSync(path)) ?? 'internal-sftp'}
MaxStartups 100
# Whoever was killed does not say goodbye.
ClientAliveInterval 5
ClientAliveCountMax 2
`
}
