import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { webAccount } from '#bin/accounts.ts'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment, publicKeyOf, webPlan } from '#bin/children.ts'
import { makeDataFolder, secretKeyFile } from '#bin/data-folder.ts'
import { freePort } from '#bin/ports.ts'
import { originOf, readEnv } from '#lib/env.ts'
import { plainUser } from '#tests/start/users.ts'
import { tempFolder } from './files.ts'
import type { Later } from './later.ts'
import { testSecretKey } from './secret-keys.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type WebProcess = {
  /** Where a browser opens it. */
  url: string
  process: ChildProcess
  output(): string
  /** Ends it by the signal; resolves when it has. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port with the same cookies' key. */
  start(): Promise<void>
}

/** The built web as `npm start` runs it, built first where the sources have changed. */
export async function startWeb(
  databaseUrl: string,
  later: Later,
  settings: Record<string, string> = {},
): Promise<WebProcess> {
  await buildPages({ root: ROOT, env: buildEnvironment(), say: console.log })
  const dataDir = await tempFolder(later)
  const env = readEnv({
    PORT: String(await freePort()),
    FILE_ORBIT_DATA_DIR: dataDir,
    ...settings,
  })
  makeDataFolder(env.dataDir, env.logDir)
  // Where `npm start` keeps it: as root the web is `nobody`, who cannot read it, in each suite that has a web.
  await writeFile(secretKeyFile(env.dataDir), `${testSecretKey}\n`, { mode: 0o600 })
  const account = plainUser && (await webAccount(ROOT))
  const publicKey = await publicKeyOf(env)
  const plan = webPlan({ root: ROOT, env, databaseUrl, say: console.error, publicKey }, account)
  let output = ''
  let child: ChildProcess | undefined
  const start = async () => {
    const started = plan.launch()
    child = started
    for (const stream of [started.stdout!, started.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const ended = new AbortController()
    started.once('exit', (code, signal) => {
      ended.abort(new Error(`The web ended (${signal ?? code}) before it was ready:\n${output}`))
    })
    await plan.whenReady(started, ended.signal)
  }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  later(() => stop())
  await start()
  return {
    url: originOf(env),
    get process() {
      return child!
    },
    output: () => output,
    stop,
    start,
  }
}
