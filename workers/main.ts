import { mkdir, statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { keepBackends } from '#lib/backends/read-backends.ts'
import { tellIfUnusable } from '#lib/db/check-server.ts'
import { connect } from '#lib/db/client.ts'
import { isLost } from '#lib/db/trouble.ts'
import { readEnv } from '#lib/env.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { openQueue } from '#lib/queue/boss.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { whyNotKeys } from '#lib/secrets/why-not-keys.ts'
import { BucketLister } from './bucket-listings/lister.ts'
import { directControlPlane } from './control-plane/direct.ts'
import { Dispatcher } from './dispatcher.ts'
import { SignIns } from './endpoints/sign-in.ts'
import { Gatherer } from './events/gatherer.ts'
import { FileDesk } from './files/desk.ts'
import { roomOn } from './files/room.ts'
import { Leader } from './leader.ts'
import { startHousekeeping } from './maintenance/housekeeping.ts'
import { startSweeper } from './maintenance/sweeper.ts'
import { Tidier } from './maintenance/tidier.ts'
import { machineIdentity, markOf } from './processes.ts'
import { Answerer, QUESTION_SLOTS } from './questions.ts'
import { findRclone } from './rclone/binary.ts'
import { SlotPool } from './rclone/pool.ts'
import { type Providers, readProviders } from './rclone/providers.ts'
import type { SlotExit } from './rclone/slot.ts'
import { Pinger } from './schedules/pinger.ts'
import { LANES, Scheduler } from './schedules/scheduler.ts'
import { startWatchdog } from './schedules/watchdog.ts'
import { openKeyRing } from './secrets/key-ring.ts'
import { PlaceOpener } from './secrets/place-opener.ts'
import { secretSources } from './secrets/secret-sources.ts'
import { secretStores } from './secrets/stores/allowed-stores.ts'
import { TokenKeeper } from './secrets/token-keeper.ts'
import { Queues } from './sqs/queues.ts'
import { Checksums } from './transfer/checksums.ts'
import { Watchers } from './watchers/watchers.ts'

/** The control plane counts a worker as away after 15 s without one. More often: commits that say nothing new. */
const HEARTBEAT_MS = 5000
/** A start takes one second, of which rclone may make 20; finding an rclone at all, minutes the first time. */
const READY_WITHIN_MS = 5 * 60_000
/** `npm start` kills after 8 s: short attempts may end, long ones are handed over. */
const GRACE_MS = 3000
/** Hand-overs take three seconds; a database that hangs keeps whoever asks it for minutes. */
const STOP_WITHIN_MS = 12_000

// The drivers throw outside any promise when a connection dies in the middle of a write, or is made anew to a server
// that is away; the call itself is rejected too, and whoever made it tries again. Anything else is a bug, and a fresh
// worker is the way out.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  const lostConnection = isLost(error) || /postgres[/\\]/.test(error.stack ?? '')
  log[lostConnection ? 'warn' : 'fatal']({ err: error }, 'uncaught')
  if (!lostConnection) leave(1)
})

const env = readEnv()
if (!env.databaseUrl) {
  log.error('DATABASE_URL is not set. Start File Orbit with `npm start`, or set it for a worker of its own.')
  process.exit(1)
}

// Whoever started it starts it again: better than one that waits for ever for an answer that got lost.
const tooLate = setTimeout(() => {
  log.fatal(`not ready within ${READY_WITHIN_MS / 1000} s`)
  process.exit(1)
}, READY_WITHIN_MS)
const database = connect(env.databaseUrl, { max: 8, name: 'worker' })
const queue = await openQueue(database.db, {
  superviseUrl: env.databaseUrl,
  onError: (error) => log.error({ err: error.message }, 'queue'),
})
const plane = await directControlPlane(database, queue, env.localRoots)
const rclone = await findRclone()
tooLate.refresh()
const runtimeDir = join(env.dataDir, 'run')
const ring = env.secretKey ? await openRing(env.secretKey) : null
const wrongKeys = await whyNotKeys({ ctx: plane.ctx, ring })
if (wrongKeys) {
  log.fatal(wrongKeys)
  process.exit(1)
}
const onCrash = (exit: SlotExit) => log.error({ ...exit }, 'rclone ended unexpectedly')
const pool = new SlotPool({
  rclone: rclone.path,
  size: env.slots,
  runtimeDir,
  onCrash,
  // Told at once: whoever takes over from this worker must know all of its rclones.
  onStarted: () => registered && void beat(),
})
const questionPool = new SlotPool({ rclone: rclone.path, size: QUESTION_SLOTS, runtimeDir, onCrash })
let registered = false
await mkdir(env.dataDir, { recursive: true, mode: 0o711 })
await pool.start()
const providers = await askProviders()
const keeper = new TokenKeeper(ring, plane)
const stores = secretStores(env.secretStores, process.env)
const sources = secretSources(process.env, env.secretFiles, stores)
const opener = new PlaceOpener(ring, sources, providers, keeper)
const checksums = new Checksums(env.dataDir)
const dispatcher = new Dispatcher(plane, pool, {
  opener,
  keeper,
  checksums,
  slots: env.slots,
  silenceMs: env.silenceSeconds * 1000,
  spoolDir: runtimeDir,
})
// As many as files may pass at a time, and two for those who browse meanwhile; started when they are needed.
const filePool = new SlotPool({ rclone: rclone.path, size: 6, runtimeDir, onCrash })
const files = await FileDesk.open(filePool, opener, keeper, env.dataDir)
const answerer = new Answerer(plane, questionPool, {
  ...{ opener, keeper, files },
  signIns: new SignIns(ring, providers),
  desk: {
    ...{ rclone: rclone.path, providers, ring },
    files: { folder: env.secretFiles, config: env.rcloneConfig },
  },
})
const gatherer = new Gatherer(plane.ctx)
const firing = connect(env.databaseUrl, { max: LANES, name: 'worker firing' })
const scheduler = new Scheduler({ ...plane.ctx, db: firing.db }, (over) => dispatcher.hold(over))
const pinger = new Pinger(plane.ctx)
const tidier = new Tidier(plane.ctx, { rclone: rclone.path, runtimeDir, opener, keeper })
const watchers = new Watchers(plane.ctx)
// Of its own, started when a bucket is first listed: a large one takes long.
const listPool = new SlotPool({ rclone: rclone.path, size: 1, runtimeDir, onCrash })
const lister = new BucketLister(plane.ctx, roomOn(listPool, opener, keeper))
const watchLeader = new Leader({
  databaseUrl: env.databaseUrl,
  name: `watch ${plane.ctx.actor.id}`,
  lead: async (term) => void (await Promise.all([watchers.lead(term), lister.lead(term)])),
})
const queues = new Queues(plane.ctx, ring)
const queueLeader = new Leader({
  databaseUrl: env.databaseUrl,
  name: `queues ${plane.ctx.actor.id}`,
  lead: (term) => queues.lead(term),
})

await keepBackends({ ctx: plane.ctx, agentId: plane.ctx.actor.id, ...providers })
await plane.register({
  host: hostname(),
  pid: process.pid,
  machine: machineIdentity(),
  processStartedAt: markOf(process.pid)?.startedAt ?? null,
  rcloneVersion: rclone.version,
  rclonePath: rclone.path,
  slots: env.slots,
  keyIds: ring?.map((key) => key.public.id) ?? [],
})
registered = true
await beat()
void tellIfUnusable(env.databaseUrl)
// Before it listens: a hub hears only what somebody asked for.
plane.hub.on('events', (payload) => gatherer.heard(payload))
plane.hub.on('work', (word) => {
  switch (word) {
    case 'triggers':
      for (const one of [scheduler, watchers, queues]) one.look()
      break
    case 'runs':
      scheduler.release()
      break
    case 'pings':
      pinger.look()
      break
    case 'tidy':
      tidier.look()
  }
})
await plane.listen((call) => {
  switch (call) {
    case 'work':
      return void dispatcher.pump()
    case 'control':
      return void dispatcher.report()
    case 'question':
      return void answerer.answerAll()
  }
})
const heart = setInterval(() => void beat(), HEARTBEAT_MS)
const stopSweeper = startSweeper(plane.ctx)
const stopWatchdog = startWatchdog(plane.ctx)
const stopHousekeeping = startHousekeeping(plane.ctx, { keepMonths: env.keepMonths, checksums })
dispatcher.start()
gatherer.start()
scheduler.start()
pinger.start()
tidier.start()
watchLeader.start()
queueLeader.start()
clearTimeout(tooLate)
log.info({ rclone: rclone.version, slots: env.slots }, 'worker is ready')
process.send?.({ type: 'ready' })

async function openRing(text: string): Promise<KeyRing> {
  try {
    return await openKeyRing(text)
  } catch (error) {
    log.fatal(messageOf(error))
    process.exit(1)
  }
}

/** Of the slot that is warm already. Not taken from the pool, which would start another in its place. */
function askProviders(): Promise<Providers> {
  const [slot] = pool.slots
  if (!slot) throw new Error('No rclone is running')
  return readProviders(slot, rclone.version)
}

async function beat(): Promise<void> {
  try {
    await keeper.flush()
    const disk = await statfs(env.dataDir).catch(() => null)
    const { alone } = await plane.heartbeat({
      busySlots: dispatcher.busy,
      diskFree: disk && disk.bavail * disk.bsize,
      slotProcesses: pool.slots.flatMap(({ pid, folder }) => {
        const mark = markOf(pid)
        return mark ? [{ ...mark, folder }] : []
      }),
    })
    dispatcher.alone = alone
  } catch (error) {
    log.warn({ err: messageOf(error) }, 'no heartbeat')
  }
}

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  log.info('worker is stopping')
  setTimeout(() => leave(1), STOP_WITHIN_MS)
  clearInterval(heart)
  stopSweeper()
  stopHousekeeping()
  stopWatchdog()
  await Promise.all([watchLeader.close(), queueLeader.close()])
  await Promise.all([gatherer.close(), scheduler.close(), pinger.close()])
  await Promise.all([dispatcher.close(GRACE_MS), tidier.close()])
  await Promise.all([pool.close(), questionPool.close(), listPool.close(), files.close()])
  await plane.leave().catch(() => {})
  await queue.stop()
  await Promise.all([database.close(), firing.close()])
  leave(0)
}

/** Node waits at its exit for every call into a file system; one into a dead mount never comes back. */
function leave(code: number): never {
  if (process.getActiveResourcesInfo().includes('FSReqPromise')) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
// Whoever started this is gone.
process.on('disconnect', () => void stop())
