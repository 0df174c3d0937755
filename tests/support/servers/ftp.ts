import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { writeAccounts } from './accounts.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { answersOn, startDaemon } from './daemon.ts'
import { programPath } from './programs.ts'
import type { Storage } from './types.ts'

export type FtpServer = Storage & {
  /** With TLS that the client asks for (`explicit_tls`), whose certificate it does not verify. */
  tlsSettings: Record<string, string>
  /** For a client that is to trust it: `SSL_CERT_FILE`. */
  certificate: string
}

export type FtpOptions = { folder?: string; user?: string; password?: string }

/** vsftpd over `folder`, plain and with explicit TLS on one port. A wrong password is answered after two seconds (PAM). */
export async function startFtp(later: Later, options: FtpOptions = {}): Promise<FtpServer> {
  const { user = 'orbit', password = 'ftp pass-wörd' } = options
  const home = await tempFolder(later)
  const folder = options.folder ?? join(home, 'files')
  await mkdir(folder, { recursive: true })
  await mkdir(join(home, 'empty'), { mode: 0o555 })
  const accounts = await writeAccounts(home, [{ name: user, password, home: folder }])
  const certificate = makeCertificate(home)
  const port = await freePort()
  const config = join(home, 'vsftpd.conf')
  await writeFile(config, configOf({ home, folder, port, ...certificate }))
  const log = join(home, 'vsftpd.log')
  const daemon = await startDaemon({
    ...{ command: programPath('vsftpd'), args: [config], env: accounts },
    ...{ cwd: home, log, ready: answersOn(port) },
  })
  later(daemon.stop)
  const settings = { host: '127.0.0.1', port: String(port), user, pass: password }
  return {
    ...{ type: 'ftp', host: '127.0.0.1', port, user, password, path: '', folder, log, pids: [daemon.pid] },
    ...{ settings, certificate: certificate.certFile, stop: daemon.stop },
    // With TLS 1.3 vsftpd 3.0.3 loses uploads of some MiB: 426 Failure reading network stream.
    tlsSettings: { ...settings, explicit_tls: 'true', no_check_certificate: 'true', disable_tls13: 'true' },
  }
}

type Layout = Certificate & { home: string; folder: string; port: number }

/** PAM service `vsftpd`: Debian's own, which asks for the accounts that the server sees. */
function configOf({ home, folder, port, certFile, keyFile }: Layout): string {
  return `
listen=YES
listen_address=127.0.0.1
listen_port=${port}
pasv_address=127.0.0.1
background=NO
anonymous_enable=NO
local_enable=YES
write_enable=YES
local_root=${folder}
local_umask=022
pam_service_name=vsftpd
secure_chroot_dir=${home}/empty
seccomp_sandbox=NO
delay_failed_login=0
xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file=${home}/vsftpd.log
utf8_filesystem=YES
mdtm_write=YES
ssl_enable=YES
rsa_cert_file=${certFile}
rsa_private_key_file=${keyFile}
force_local_data_ssl=NO
force_local_logins_ssl=NO
ssl_ciphers=HIGH
require_ssl_reuse=NO
`
}
