import { mkdir, statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect } from '#lib/db/client.ts'
import { readEnv } from '#lib/env.ts'
import { log } from '#lib/log.ts'
import { openQueue } from '#lib/queue/boss.ts'
import { directControlPlane } from './control-plane/direct.ts'
import { Dispatcher } from './dispatcher.ts'
import { startHousekeeping } from './maintenance/housekeeping.ts'
import { startSweeper } from './maintenance/sweeper.ts'
import { machineIdentity, markOf } from './processes.ts'
import { Answerer } from './questions.ts'
import { findRclone } from './rclone/binary.ts'
import { SlotPool } from './rclone/pool.ts'
import type { SlotExit } from './rclone/slot.ts'

/** The control plane counts a worker as away after 15 s without one. More often: commits that say nothing new. */
const HEARTBEAT_MS = 5000
/** `npm start` kills after 8 s: short attempts may end, long ones are handed over. */
const GRACE_MS = 3000

// postgres.js throws outside any promise when its connection dies in the middle of a write; the call itself is
// rejected too, and whoever made it tries again. Anything else is a bug, and a fresh worker is the way out.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  const lostConnection =
    error.code === 'ECONNRESET' || error.code === 'EPIPE' || /postgres[/\\]/.test(error.stack ?? '')
  log[lostConnection ? 'warn' : 'fatal']({ err: error }, 'uncaught')
  if (!lostConnection) process.exit(1)
})

const env = readEnv()
if (!env.databaseUrl) {
  log.error('DATABASE_URL is not set. Start File Orbit with `npm start`, or set it for a worker of its own.')
  process.exit(1)
}

const database = connect(env.databaseUrl, { max: 8, name: 'worker' })
const queue = await openQueue(database.db, {
  superviseUrl: env.databaseUrl,
  onError: (error) => log.error({ err: error.message }, 'queue'),
})
const plane = await directControlPlane(database, queue, env.localRoots)
const rclone = await findRclone()
const runtimeDir = join(env.dataDir, 'run')
const onCrash = (exit: SlotExit) => log.error({ ...exit }, 'rclone ended unexpectedly')
const pool = new SlotPool({
  rclone: rclone.path,
  size: env.slots,
  runtimeDir,
  onCrash,
  // Told at once: whoever takes over from this worker must know all of its rclones.
  onStarted: () => registered && void beat(),
})
const questionPool = new SlotPool({ rclone: rclone.path, size: 2, runtimeDir, onCrash })
let registered = false
const dispatcher = new Dispatcher(plane, pool, env.slots)
const answerer = new Answerer(plane, questionPool)

await mkdir(env.dataDir, { recursive: true, mode: 0o711 })
await pool.start()
await plane.register({
  host: hostname(),
  pid: process.pid,
  machine: machineIdentity(),
  processStartedAt: markOf(process.pid)?.startedAt ?? null,
  rcloneVersion: rclone.version,
  rclonePath: rclone.path,
  slots: env.slots,
})
registered = true
await beat()
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
const stopHousekeeping = startHousekeeping(plane.ctx)
dispatcher.start()
log.info({ rclone: rclone.version, slots: env.slots }, 'worker is ready')
process.send?.({ type: 'ready' })

async function beat(): Promise<void> {
  try {
    const disk = await statfs(env.dataDir).catch(() => null)
    await plane.heartbeat({
      busySlots: dispatcher.busy,
      diskFree: disk && disk.bavail * disk.bsize,
      slotProcesses: pool.pids.flatMap((pid) => markOf(pid) ?? []),
    })
  } catch (error) {
    log.warn({ err: error instanceof Error ? error.message : String(error) }, 'no heartbeat')
  }
}

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  log.info('worker is stopping')
  clearInterval(heart)
  stopSweeper()
  stopHousekeeping()
  await dispatcher.close(GRACE_MS)
  await Promise.all([pool.close(), questionPool.close()])
  await plane.leave().catch(() => {})
  await queue.stop()
  await database.close()
  process.exit(0)
}

process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
// Whoever started this is gone.
process.on('disconnect', () => void stop())
