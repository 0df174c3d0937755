import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tempFolder } from '../support/files.ts'
import type { Later } from '../support/later.ts'
import { startFtp } from '../support/servers/ftp.ts'
import { startS3 } from '../support/servers/s3.ts'
import { startSamba } from '../support/servers/samba.ts'
import { startSsh } from '../support/servers/ssh.ts'
import { startStranger } from '../support/servers/strangers.ts'
import type { Storage } from '../support/servers/types.ts'
import { startWebdav } from '../support/servers/webdav.ts'

/** A fault made for real: what is asked of which storage. */
export type Fault = {
  fault: string
  call: 'list' | 'copy'
  type: string
  settings: Record<string, string>
  path: string
  /** After how much silence rclone gives up. */
  timeout: string
  before?(): void
}

type Settings = Record<string, string>
type How = Partial<Pick<Fault, 'path' | 'call' | 'timeout' | 'before'>> & { without?: string[] }

/** Illegal as a name, so that it is unknown without asking anybody. */
const UNKNOWN_HOST = 'no-such-host..invalid'
const CLOSED_PORT = '1'
/** PAM lets one who mistyped a password wait for up to three seconds. */
const PATIENT = '20s'
const SOON = '1s'

export async function sftpFaults(later: Later): Promise<Fault[]> {
  const server = await startSsh(later)
  const moved = await startSsh(later)
  const before = moved.settings
  await moved.changeHostKey()
  const home = await tempFolder(later)
  const known = join(home, 'known')
  await writeFile(known, `[127.0.0.1]:${moved.port} ${before.host_keys}\n`)
  const others = join(home, 'others')
  await writeFile(others, `example.org ${before.host_keys}\n`)
  await lockFolders(server.folder)
  const of = faultOf(server)
  const byFile = { without: ['host_keys'] }
  return [
    of('wrong password', { pass: 'wrong' }),
    of('unknown user', { user: 'nobody-here' }),
    of(
      'key not accepted',
      { ...server.keySettings, key_pem: server.keys.stranger.pem },
      { without: ['pass'] },
    ),
    of('wrong passphrase', { ...server.encryptedKeySettings, key_file_pass: 'wrong' }, { without: ['pass'] }),
    of('no passphrase', { key_pem: server.keys.encrypted.pem }, { without: ['pass'] }),
    of('not a key', { key_pem: 'hello' }, { without: ['pass'] }),
    ...(await wayFaults(later, of)),
    of('host key changed (host_keys)', before),
    of('host key changed (known_hosts_file)', { ...moved.settings, known_hosts_file: known }, byFile),
    of('host key unknown (known_hosts_file)', { known_hosts_file: others }, byFile),
    ...folderFaults(of, ''),
  ]
}

export async function smbFaults(later: Later): Promise<Fault[]> {
  const server = await startSamba(later)
  await lockFolders(server.folder)
  const of = faultOf(server)
  return [
    of('wrong password', { pass: 'wrong' }),
    of('unknown user', { user: 'nobody-here' }),
    ...(await wayFaults(later, of)),
    of('no such share', {}, { path: 'nope' }),
    of('share not allowed', {}, { path: server.shares.forbidden }),
    of('share read-only', {}, { path: server.shares.readOnly, call: 'copy' }),
    ...folderFaults(of, `${server.path}/`),
  ]
}

export async function ftpFaults(later: Later): Promise<Fault[]> {
  const server = await startFtp(later)
  await lockFolders(server.folder)
  const of = faultOf(server)
  return [
    of('wrong password', { pass: 'wrong' }),
    of('unknown user', { user: 'nobody-here' }),
    ...(await wayFaults(later, of)),
    of('certificate not known', { explicit_tls: 'true' }),
    of('TLS from the start, server has none', { tls: 'true' }),
    ...folderFaults(of, ''),
  ]
}

export async function webdavFaults(later: Later, rclone: string): Promise<Fault[]> {
  const server = await startWebdav(later, rclone)
  const secure = await startWebdav(later, rclone, { tls: true })
  await lockFolders(server.folder)
  const of = faultOf(server)
  const { url = '' } = server.settings
  return [
    of('wrong password', { pass: 'wrong' }),
    of('unknown user', { user: 'nobody-here' }),
    ...(await wayFaults(later, of, (host, port) => ({ url: `http://${host}${port}/` }))),
    of('certificate not known', secure.settings),
    of('https asked of http', { url: url.replace('http:', 'https:') }),
    of('http asked of https', { url: secure.settings.url?.replace('https:', 'http:') ?? '' }),
    of('no such address (404)', { url: `${url}/nope/` }),
    ...folderFaults(of, ''),
  ]
}

export async function s3Faults(later: Later): Promise<Fault[]> {
  // Not moto, even where it is found: its words differ in one place.
  const server = await startS3(later, { backend: 'fauxqs' })
  const secure = await startS3(later, { backend: 'fauxqs', tls: true })
  const { rules } = server
  const usual = { ...rules }
  const under = (changes: Partial<typeof rules>) => ({
    before: () => void Object.assign(rules, usual, changes),
  })
  const of = faultOf(server, under({}).before)
  const skewed = under({ clockOffsetMs: 3_600_000 })
  const { endpoint = '' } = server.settings
  const unmade = { no_check_bucket: 'true' }
  return [
    of('wrong secret', { secret_access_key: 'wrong' }),
    of('wrong secret', { secret_access_key: 'wrong' }, { call: 'copy' }),
    of('wrong secret, a path below the bucket', { secret_access_key: 'wrong' }, { path: `${server.path}/a` }),
    of('unknown key', { access_key_id: 'AKIAORBITTESTS999999' }),
    of('region differs', { region: 'eu-west-1' }),
    of('clock skew', {}, skewed),
    of('clock skew, a path below the bucket', {}, { ...skewed, path: `${server.path}/a` }),
    ...(await wayFaults(later, of, (host, port) => ({ endpoint: `http://${host}${port}` }))),
    of('certificate not known', secure.settings),
    of('https asked of http', { endpoint: endpoint.replace('http:', 'https:') }),
    of('http asked of https', { endpoint: secure.settings.endpoint?.replace('https:', 'http:') ?? '' }),
    of('no such bucket', {}, { path: 'no-such-bucket' }),
    of('no such bucket', unmade, { path: 'no-such-bucket', call: 'copy' }),
    of('key may not list the bucket', {}, under({ forbids: () => true })),
    of('key may not list buckets', {}, { ...under({ forbids: ({ bucket }) => bucket === '' }), path: '' }),
    of('key may not write', unmade, {
      ...under({ forbids: ({ method }) => method === 'PUT' }),
      call: 'copy',
    }),
    of(
      'key may not create the bucket',
      {},
      {
        ...under({ forbids: ({ method, key }) => method === 'PUT' && key === '' }),
        call: 'copy',
      },
    ),
  ]
}

/** One that cannot be entered, one that can only be read. */
async function lockFolders(root: string): Promise<void> {
  await mkdir(join(root, 'locked'))
  await chmod(join(root, 'locked'), 0)
  await mkdir(join(root, 'fixed'))
  await chmod(join(root, 'fixed'), 0o555)
}

function faultOf(server: Storage, usually?: () => void) {
  return (fault: string, changes: Settings, how: How = {}): Fault => {
    const { path = server.path, call = 'list', timeout = PATIENT, without = [], before = usually } = how
    const settings = Object.entries({ ...server.settings, ...changes }).filter(
      ([name]) => !without.includes(name),
    )
    return { fault, call, type: server.type, settings: Object.fromEntries(settings), path, timeout, before }
  }
}

/** On the way to the server. `at` writes host and port (`:21`, or nothing) as the kind wants them. */
async function wayFaults(
  later: Later,
  of: ReturnType<typeof faultOf>,
  at: (host: string, port: string) => Settings = (host, port) => ({
    host,
    ...(port && { port: port.slice(1) }),
  }),
): Promise<Fault[]> {
  const here = (port: number | string) => at('127.0.0.1', `:${port}`)
  return [
    of('unknown host', at(UNKNOWN_HOST, ':21')),
    of('port closed', here(CLOSED_PORT)),
    of('silent', here(await startStranger(later, 'silent')), { timeout: SOON }),
    of('hangs up', here(await startStranger(later, 'closing'))),
    of('not this kind of server', here(await startStranger(later, 'web')), { timeout: SOON }),
  ]
}

function folderFaults(of: ReturnType<typeof faultOf>, below: string): Fault[] {
  return [
    of('no such folder', {}, { path: `${below}nope` }),
    of('folder not readable', {}, { path: `${below}locked` }),
    of('folder not readable', {}, { path: `${below}locked`, call: 'copy' }),
    of('folder not writable', {}, { path: `${below}fixed`, call: 'copy' }),
  ]
}
