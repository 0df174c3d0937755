import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { makeCertificate } from './certificate.ts'
import { answersOn, type Daemon, saysIn, startDaemon } from './daemon.ts'
import { findProgram, programPath } from './programs.ts'
import { openGate, type S3Rules } from './s3-gate.ts'
import type { Storage } from './types.ts'

const FAUXQS = fileURLToPath(new URL('s3-fauxqs.ts', import.meta.url))

export type Backend = 'moto' | 'fauxqs'

export type S3Server = Storage & {
  backend: Backend
  /** The bucket that `path` names. */
  bucket: string
  /** What is refused, changeable while it runs. */
  rules: S3Rules
  createBucket(name: string): Promise<void>
}

export type S3Options = {
  bucket?: string
  /** Over HTTPS with a certificate that nobody knows. */
  tls?: boolean
  /** Default: moto where it is installed, for it knows more of S3; else fauxqs. */
  backend?: Backend
}

/**
 * An S3 server that checks keys, signatures, region and clock. Uploads come in parts from 8 MiB on (`settings`):
 * fauxqs takes no body above 11 MiB.
 */
export async function startS3(later: Later, options: S3Options = {}): Promise<S3Server> {
  const { bucket = 'orbit' } = options
  // The one region where rclone's attempt to create a bucket that is there already does no harm.
  const region = 'us-east-1'
  const home = await tempFolder(later)
  const rules: S3Rules = {
    ...{ accessKey: 'AKIAORBITTESTS000001', secretKey: 'orbit/tests+secret-key-0000000000000000' },
    ...{ region, clockOffsetMs: 0, forbids: () => false },
  }
  const behind = await startBackend(home, options.backend)
  later(behind.daemon.stop)
  const gate = await openGate(behind.port, rules, options.tls ? makeCertificate(home) : undefined)
  later(gate.stop)
  const createBucket = async (name: string) => {
    const answer = await fetch(`http://127.0.0.1:${behind.port}/${name}`, { method: 'PUT' })
    if (!answer.ok) throw new Error(`No bucket ${name}: ${answer.status} ${await answer.text()}`)
  }
  await createBucket(bucket)
  return {
    ...{ type: 's3', host: '127.0.0.1', port: gate.port, user: rules.accessKey, password: rules.secretKey },
    ...{
      path: bucket,
      folder: '',
      log: behind.daemon.log,
      backend: behind.name,
      bucket,
      rules,
      createBucket,
    },
    settings: {
      ...{
        provider: 'Other',
        endpoint: `${options.tls ? 'https' : 'http'}://127.0.0.1:${gate.port}`,
        region,
      },
      ...{ access_key_id: rules.accessKey, secret_access_key: rules.secretKey, force_path_style: 'true' },
      ...{ upload_cutoff: '8Mi', chunk_size: '5Mi' },
    },
    pids: [behind.daemon.pid],
    async stop() {
      await gate.stop()
      await behind.daemon.stop()
    },
  }
}

type Behind = { name: Backend; port: number; daemon: Daemon }

export async function startBackend(home: string, wanted?: Backend): Promise<Behind> {
  if (wanted === 'fauxqs') return startFauxqs(home)
  if (wanted === 'moto' || hasMoto()) return startMoto(home)
  return startFauxqs(home)
}

/** Whether there is a moto_server; a shim of pyenv for another Python does not count. */
export function hasMoto(): boolean {
  const path = findProgram('moto_server')
  moto ??= path !== undefined && spawnSync(path, ['--help'], { stdio: 'ignore' }).status === 0
  return moto
}

/** Asked once: it takes Python a second to answer. */
let moto: boolean | undefined

async function startMoto(home: string): Promise<Behind> {
  const port = await freePort()
  const args = ['-H', '127.0.0.1', '-p', String(port)]
  const log = join(home, 'moto.log')
  // pyenv finds its Pythons by HOME.
  const env = { HOME: process.env.HOME, PYENV_VERSION: process.env.PYENV_VERSION }
  const command = programPath('moto_server')
  const daemon = await startDaemon({ command, args, cwd: home, env, log, ready: answersOn(port) })
  return { name: 'moto', port, daemon }
}

async function startFauxqs(home: string): Promise<Behind> {
  const log = join(home, 'fauxqs.log')
  let port: string | undefined
  const daemon = await startDaemon({
    ...{ command: process.execPath, args: [FAUXQS], cwd: home, log },
    async ready() {
      port = await saysIn(log, /listens on http:\/\/127\.0\.0\.1:(\d+)/)
      return port !== undefined
    },
  })
  return { name: 'fauxqs', port: Number(port), daemon }
}
