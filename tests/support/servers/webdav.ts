import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { makeCertificate } from './certificate.ts'
import { saysIn, startDaemon } from './daemon.ts'
import type { Storage } from './types.ts'

export type WebdavOptions = {
  folder?: string
  user?: string
  password?: string
  /** Over HTTPS with a certificate that nobody knows. */
  tls?: boolean
}

/** rclone's own WebDAV server over `folder`; `rclone` is its binary. */
export async function startWebdav(
  later: Later,
  rclone: string,
  options: WebdavOptions = {},
): Promise<Storage> {
  const { user = 'orbit', password = 'dav pass-wörd' } = options
  const home = await tempFolder(later)
  const folder = options.folder ?? join(home, 'files')
  await mkdir(folder, { recursive: true })
  const certificate = options.tls ? makeCertificate(home) : undefined
  const log = join(home, 'webdav.log')
  let port: string | undefined
  const daemon = await startDaemon({
    ...{ command: rclone, args: ['serve', 'webdav', folder], cwd: home, log },
    env: {
      ...{ HOME: home, RCLONE_CONFIG: '/dev/null', RCLONE_ADDR: '127.0.0.1:0', RCLONE_LOG_LEVEL: 'INFO' },
      // So that it sees what a test does to its folder. With none each level down doubles the work: seconds.
      RCLONE_DIR_CACHE_TIME: '50ms',
      ...{ RCLONE_USER: user, RCLONE_PASS: password },
      ...(certificate && { RCLONE_CERT: certificate.certFile, RCLONE_KEY: certificate.keyFile }),
    },
    async ready() {
      port = await saysIn(log, /Server started on \[?https?:\/\/127\.0\.0\.1:(\d+)/)
      return port !== undefined
    },
  })
  later(daemon.stop)
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return {
    ...{ type: 'webdav', host: '127.0.0.1', port: Number(port), user, password, path: '', folder, log },
    ...{ settings: { url, vendor: 'rclone', user, pass: password }, stop: daemon.stop, pids: [daemon.pid] },
  }
}
