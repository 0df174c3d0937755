import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test as base } from '@playwright/test'

export type System = { origin: string; setupLink: string; files: string }

/** A whole File Orbit of its own, started as a person starts it, with an empty data folder. */
export const test = base.extend<object, { system: System }>({
  system: [
    // Playwright reads from this pattern which fixtures are used.
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'file-orbit-browser-'))
      // The database's user must reach its data below.
      await chmod(folder, 0o711)
      const files = join(folder, 'files')
      await mkdir(files)
      const port = await freePort()
      const started = spawn(process.execPath, ['bin/start.ts'], {
        env: {
          ...process.env,
          PORT: String(port),
          FILE_ORBIT_DATA_DIR: join(folder, 'data'),
          FILE_ORBIT_LOCAL_ROOTS: files,
          FILE_ORBIT_ADMIN_EMAIL: '',
          FILE_ORBIT_ADMIN_PASSWORD: '',
          FILE_ORBIT_PUBLIC_URL: '',
          DATABASE_URL: '',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = new Promise<void>((resolve) => started.once('exit', () => resolve()))
      const setupLink = await new Promise<string>((resolve, reject) => {
        const said: string[] = []
        createInterface({ input: started.stdout }).on('line', (line) => {
          said.push(line)
          const link = line.match(/http\S+\/setup\?token=\S+/)?.[0]
          if (link) resolve(link)
        })
        void ended.then(() => reject(new Error(`It ended without being ready:\n${said.join('\n')}`)))
      })
      await use({ origin: new URL(setupLink).origin, setupLink, files })
      started.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
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
