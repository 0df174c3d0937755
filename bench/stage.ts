import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import { systemActor } from '#lib/context.ts'
import { connect } from '#lib/db/client.ts'
import { findRclone } from '#workers/rclone/binary.ts'
import { Ends } from './ends.ts'

/** A whole File Orbit for measuring, with its files on tmpfs where there is one: disks differ from run to run. */
export type Stage = {
  origin: string
  key: string
  files: string
  rclone: string
  databaseUrl: string
  parent: ChildProcess
  ends: Ends
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  close(): Promise<void>
}

export async function openStage(port: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'file-orbit-bench-'))
  // The database's user must reach its data below.
  await chmod(folder, 0o711)
  const fast = await mkdtemp(join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'file-orbit-bench-'))
  const files = join(fast, 'files')
  await mkdir(files)
  const parent = spawn(process.execPath, [...NODE_FLAGS, 'bin/start.ts'], {
    env: {
      ...process.env,
      PORT: String(port),
      FILE_ORBIT_DATA_DIR: join(folder, 'data'),
      FILE_ORBIT_LOCAL_ROOTS: files,
      DATABASE_URL: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => parent.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: parent.stdout! }).on('line', (line) => {
      if (line.includes('is ready at')) resolve()
    })
    void ended.then(() => reject(new Error('File Orbit ended before it was ready')))
  })
  const databaseUrl = (await readFile(join(folder, 'data', 'database-url'), 'utf8')).trim()
  const database = connect(databaseUrl, { max: 1, name: 'bench' })
  const ctx = { actor: systemActor('bench'), db: database.db }
  const key = (await createApiKey({ ctx, input: { name: 'bench', role: 'owner' } })).key!
  await database.close()
  const origin = `http://localhost:${port}`
  const stage: Stage = {
    origin,
    key,
    files,
    databaseUrl,
    parent,
    ends: await Ends.open(origin, key),
    rclone: (await findRclone()).path,
    async api(method, path, body) {
      const answer = await fetch(`${origin}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 204 ? undefined : await answer.json()
    },
    async close() {
      stage.ends.close()
      parent.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
      await rm(fast, { recursive: true, force: true })
    },
  }
  return stage
}
