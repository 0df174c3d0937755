import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { type AccountEnv, writeAccounts } from './accounts.ts'
import { answersOn, startDaemon } from './daemon.ts'
import { programPath } from './programs.ts'
import type { Storage } from './types.ts'

/** What lists shares, since Samba 4.16 a program of its own. */
const RPC_SERVERS = ['/usr/libexec/samba/samba-dcerpcd', '/usr/lib/samba/samba-dcerpcd']

export type SambaServer = Storage & {
  domain: string
  /** Shares by what the user may do there; `path` is that of `open`. */
  shares: { open: string; readOnly: string; forbidden: string }
  /** The folders behind them. */
  folders: { open: string; readOnly: string; forbidden: string }
}

export type SambaOptions = { folder?: string; user?: string; password?: string; domain?: string }

/**
 * Samba with three shares. A server of its own (no domain controller) takes any domain a user says, and none:
 * a wrong one is no fault here.
 */
export async function startSamba(later: Later, options: SambaOptions = {}): Promise<SambaServer> {
  const { user = 'orbit', password = 'smb pass-wörd', domain = 'ORBIT' } = options
  const home = await tempFolder(later)
  const folders = {
    open: options.folder ?? join(home, 'open'),
    readOnly: join(home, 'read-only'),
    forbidden: join(home, 'forbidden'),
  }
  const shares = { open: 'files', readOnly: 'archive', forbidden: 'closed' }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
  const accounts = await writeAccounts(home, [{ name: user, password, home: folders.open }])

  const port = await freePort()
  const config = join(home, 'smb.conf')
  const logs = join(home, 'logs')
  await mkdir(logs)
  for (const name of STATE) await mkdir(join(home, name), { mode: 0o700 })
  // Others must pass through to its pipes, says Samba.
  await mkdir(join(home, 'ncalrpc'), { mode: 0o755 })
  await writeFile(config, configOf({ home, port, domain, user, shares, folders }))
  addUser(config, accounts, user, password)

  const run = { env: accounts, cwd: home }
  const common = ['--foreground', '--no-process-group', '--debug-stdout', '-l', logs, '-s', config]
  const log = join(home, 'smbd.log')
  const daemons = [
    await startDaemon({
      ...run,
      ...{ command: programPath('smbd'), args: common, log, ready: answersOn(port) },
    }),
  ]
  const stop = async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()))
  }
  later(stop)
  const rpc = RPC_SERVERS.find((path) => existsSync(path))
  if (rpc) {
    // Left to smbd it would outlive it.
    const pipe = join(home, 'ncalrpc', 'np', 'srvsvc')
    daemons.push(
      await startDaemon({
        ...run,
        ...{ command: rpc, args: ['--libexec-rpcds', ...common] },
        ...{ log: join(home, 'rpc.log'), ready: async () => existsSync(pipe) },
      }),
    )
  }
  return {
    pids: daemons.map(({ pid }) => pid),
    ...{ type: 'smb', host: '127.0.0.1', port, user, password, domain, shares, folders, log, stop },
    ...{ path: shares.open, folder: folders.open },
    settings: { host: '127.0.0.1', port: String(port), user, pass: password, domain },
  }
}

function addUser(config: string, accounts: AccountEnv, user: string, password: string): void {
  const added = spawnSync(programPath('smbpasswd'), ['-c', config, '-s', '-a', user], {
    ...{ input: `${password}\n${password}\n`, encoding: 'utf8', env: { ...process.env, ...accounts } },
  })
  if (added.status !== 0) throw new Error(`smbpasswd: ${added.stdout}${added.stderr}`)
}

const STATE = ['private', 'lock', 'state', 'cache', 'pid']

type Layout = Pick<SambaServer, 'shares' | 'folders'> & {
  home: string
  port: number
  domain: string
  user: string
}

function configOf({ home, port, domain, user, shares, folders }: Layout): string {
  return `
[global]
workgroup = ${domain}
netbios name = ORBITFILES
server role = standalone server
passdb backend = tdbsam
map to guest = never
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = ${port}
disable netbios = yes
rpc start on demand helpers = no
ncalrpc dir = ${home}/ncalrpc
${STATE.map((name) => `${name === 'private' ? 'private dir' : `${name} directory`} = ${home}/${name}`).join('\n')}
load printers = no
printing = bsd
printcap name = /dev/null
disable spoolss = yes
map archive = no
strict sync = no
[${shares.open}]
path = ${folders.open}
read only = no
[${shares.readOnly}]
path = ${folders.readOnly}
[${shares.forbidden}]
path = ${folders.forbidden}
invalid users = ${user}
`
}
