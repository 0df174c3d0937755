import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { migrate } from '#lib/db/migrate.ts'
import { originOf, readEnv } from '#lib/env.ts'
import { DomainError } from '#lib/errors.ts'
import { prepareFirstOwner } from '#lib/users/first-owner.ts'
import { findRclone } from '#workers/rclone/binary.ts'
import { webAccount } from './accounts.ts'
import { buildPages } from './build.ts'
import { buildEnvironment, publicKeyOf, webPlan, workerPlan } from './children.ts'
import { makeDataFolder } from './data-folder.ts'
import { type RunningDatabase, startDatabase } from './database.ts'
import { holdInstance } from './instance.ts'
import { checkPort } from './ports.ts'
import { type Supervised, supervise } from './supervise.ts'

/** All of File Orbit on one machine: PostgreSQL, web and worker, until a signal ends it. `npm start` runs this. */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Together below ten seconds, which is what service managers and containers allow before SIGKILL. */
const CHILDREN_STOP_MS = 8_000
const DATABASE_STOP_MS = 1_200
/** A second signal that soon is the same Ctrl-C: the terminal sends one, and so does npm. */
const SAME_KEYPRESS_MS = 500

const say = (line: string) => console.log(line)
const stopping = new AbortController()
const children: Supervised[] = []
let database: Promise<RunningDatabase> | undefined
let instance: { release(): void } | undefined
let stopSince = 0

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStop)

process.on('uncaughtException', fail)
start().catch(fail)

async function start(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const env = readEnv()
  say(`File Orbit ${version}`)
  makeDataFolder(env.dataDir, env.logDir)
  const account = await webAccount(root)
  instance = holdInstance(env.dataDir, env.port)
  await checkPort(env.host, env.port)

  const starting = startDatabase(env, say)
  database = starting
  const prepareDatabase = async () => {
    const { url } = await starting
    await migrate(url)
    return prepareFirstOwner({ ...env, databaseUrl: url })
  }
  const [rclone, owner] = await Promise.all([
    findRclone({ log: say }),
    prepareDatabase(),
    buildPages({ root, env: buildEnvironment(), say, signal: stopping.signal }),
  ])
  if (stopping.signal.aborted) return
  say(`rclone ${rclone.version} at ${rclone.path}`)

  const publicKey = await publicKeyOf(env)
  const plans = { root, env, databaseUrl: (await starting).url, say, publicKey }
  children.push(supervise(workerPlan(plans, rclone.path)), supervise(webPlan(plans, account)))
  await Promise.all(children.map((child) => child.ready))
  if (stopping.signal.aborted) return
  say(`File Orbit is ready at ${originOf(env)}`)
  if (owner.setupToken) {
    say(
      `Make the first owner by this link (good for one day, once): ${originOf(env)}/setup?token=${owner.setupToken}`,
    )
  }
}

function onStop(): void {
  const now = performance.now()
  if (!stopping.signal.aborted) {
    stopSince = now
    stopping.abort()
    say('Stopping File Orbit')
    stopAll(CHILDREN_STOP_MS).finally(() => process.exit(0))
  } else if (now - stopSince > SAME_KEYPRESS_MS) {
    for (const child of children) child.stop(0)
  }
}

/** A bug is shown with its stack; a refusal is a text for a person. */
function fail(error: unknown): void {
  // What was cut off by our own stop, such as a migration that lost its database, has not failed.
  if (stopping.signal.aborted) return
  console.error(error instanceof DomainError ? error.message : error)
  stopping.abort()
  stopAll(CHILDREN_STOP_MS).finally(() => process.exit(1))
}

/** PostgreSQL goes last: the worker's final rows need it. */
async function stopAll(withinMs: number): Promise<void> {
  await Promise.all(children.map((child) => child.stop(withinMs)))
  // One that is still starting (a long recovery) is ended by its guard when we exit.
  const running = await Promise.race([database?.catch(() => undefined), sleep(DATABASE_STOP_MS)])
  await running?.stop(DATABASE_STOP_MS)
  instance?.release()
}
