import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import { test as base } from './whole-page.ts'

export type System = { origin: string; setupLink: string; files: string }

export type Started = { origin: string; said: string[]; folder: string; files: string; stop(): Promise<void> }

/** A whole File Orbit, started as a person starts it, with an empty data folder; resolves once it is ready. */
export async function startSystem(
  settings: Record<string, string>,
  ready: (line: string) => boolean,
): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'file-orbit-browser-'))
  // The database's user must reach its data below.
  await chmod(folder, 0o711)
  const files = join(folder, 'files')
  await mkdir(files)
  const port = await freePort()
  const started = spawn(process.execPath, [...NODE_FLAGS, 'bin/start.ts'], {
    env: {
      ...process.env,
      PORT: String(port),
      FILE_ORBIT_DATA_DIR: join(folder, 'data'),
      FILE_ORBIT_LOCAL_ROOTS: files,
      FILE_ORBIT_ADMIN_EMAIL: '',
      FILE_ORBIT_ADMIN_PASSWORD: '',
      FILE_ORBIT_PUBLIC_URL: '',
      DATABASE_URL: '',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => started.once('exit', () => resolve()))
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: started.stdout }).on('line', (line) => {
      said.push(line)
      if (ready(line)) resolve()
    })
    void ended.then(() => reject(new Error(`It ended without being ready:\n${said.join('\n')}`)))
  })
  const stop = async () => {
    started.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return { origin: `http://localhost:${port}`, said, folder, files, stop }
}

/** One that has no owner yet. */
export const test = base.extend<object, { system: System }>({
  system: [
    // Playwright reads from this pattern which fixtures are used.
    async ({ browserName: _ }, use) => {
      const link = (line: string) => line.match(/http\S+\/setup\?token=\S+/)?.[0]
      const system = await startSystem({}, (line) => link(line) !== undefined)
      const setupLink = link(system.said.at(-1)!)!
      await use({ origin: system.origin, setupLink, files: system.files })
      await system.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port')),
      )
    })
  })
}
