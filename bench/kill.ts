import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { freePort } from '#bin/ports.ts'
import type { Job, JobLogLine } from '#lib/jobs/schema.ts'
import { median } from './figures.ts'
import { copy, ended, endpoint } from './jobs.ts'
import { childTree, isGone } from './processes.ts'
import type { Row } from './scene.ts'
import { openStage, type Stage } from './stage.ts'

const ROUNDS = 5
const FILES = 400
const SMALL = 16 * 1024
/** Every so many files one is large: slow enough at the job's limit to be in flight when the worker dies. */
const LARGE_EACH = 25
const LARGE = 8 * 1024 * 1024
const SOURCE_BYTES = (FILES - FILES / LARGE_EACH) * SMALL + (FILES / LARGE_EACH) * LARGE
const LIMIT = '12M'
const PARTIAL = /\.[0-9a-f]{8}\.partial$/

type Round = { rcloneMs: number; runningMs: number; twice: number; inFlight: number; inFlightBytes: number }

/**
 * kill -9 of the worker that `npm start` supervises, in mid-job. Each round has a File Orbit of its own: the
 * supervisor waits longer from one death to the next within a minute.
 */
export async function kill(): Promise<Row[]> {
  const rounds: Round[] = []
  for (let n = 0; n < ROUNDS; n += 1) {
    const stage = await openStage(await freePort())
    try {
      rounds.push(await round(stage))
    } finally {
      await stage.close()
    }
  }
  const of = (pick: (one: Round) => number) => rounds.map(pick)
  const time = (pick: (one: Round) => number) =>
    `median ${(median(of(pick)) / 1000).toFixed(1)} s, most ${(Math.max(...of(pick)) / 1000).toFixed(1)} s`
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  const twice = rounds.map((one) => `${mib(one.twice)} of ${mib(one.inFlightBytes)} in ${one.inFlight}`)
  return [
    {
      what: `kill -9 of the worker → rclone of the next attempt has started (${ROUNDS} times)`,
      figure: `${time((one) => one.rcloneMs)}; told as running: ${time((one) => one.runningMs)}`,
      reach: '15 s',
    },
    {
      what: 'bytes sent twice, MiB, of the bytes of the files in flight, each round',
      figure: twice.join('; '),
      reach: 'at most those in flight',
    },
  ]
}

async function round(stage: Stage): Promise<Round> {
  const from = join(stage.files, 'from')
  const to = join(stage.files, 'to')
  await mkdir(from)
  await mkdir(to)
  for (let n = 0; n < FILES; n += 1) {
    await writeFile(join(from, name(n)), Buffer.alloc(isLarge(n) ? LARGE : SMALL, n))
  }
  const source = await endpoint(stage, 'from', from)
  const destination = await endpoint(stage, 'to', to)
  const { id } = await copy(stage, source, destination, '', '', { bandwidth: LIMIT })
  await when(stage, id, ({ files, bytes }) => files >= 100 && bytes >= SOURCE_BYTES / 3)

  const [worker, ...rclones] = childTree(stage.parent.pid!, 'workers/main')
  const killed = Date.now()
  process.kill(worker!.pid, 'SIGKILL')
  while (rclones.some(({ pid }) => !isGone(pid))) await sleep(5)
  // What the first rclone wrote, read before the second can begin: the supervisor waits half a second.
  const written = await sizes(to)
  const partial = [...written].filter(([path]) => PARTIAL.test(path))

  await when(stage, id, ({ attempt, state }) => attempt === 2 && state === 'running')
  const runningMs = Date.now() - killed
  await stage.api('PATCH', `/jobs/${id}`, { bandwidth: 'off' })
  await ended(stage, id)
  const { items } = await stage.api<{ items: JobLogLine[] }>('GET', `/jobs/${id}/log`)
  const line = items.find(({ attempt, message }) => attempt === 2 && message.includes('rclone has started'))
  const second = await bytesOfSecond(stage, id)
  const first = [...written.values()].reduce((sum, size) => sum + size, 0)
  return {
    rcloneMs: Date.parse(line!.at) - killed,
    runningMs,
    twice: first + second - SOURCE_BYTES,
    inFlight: partial.length,
    inFlightBytes: partial.reduce((sum, [path]) => sum + sizeOf(path.replace(PARTIAL, '')), 0),
  }
}

/** What rclone of the second attempt counted as copied: a job's figures are those of its attempt above a base. */
async function bytesOfSecond(stage: Stage, id: string): Promise<number> {
  const sql = postgres(stage.databaseUrl, { max: 1 })
  try {
    const [row] = await sql<{ bytes: string }[]>`
      select j.bytes - a.base_bytes as bytes from jobs j join attempts a on a.job_id = j.id
      where j.id = ${id} and a.number = 2`
    return Number(row!.bytes)
  } finally {
    await sql.end()
  }
}

async function when(stage: Stage, id: string, holds: (job: Job) => boolean): Promise<void> {
  while (!holds(await stage.api<Job>('GET', `/jobs/${id}`))) await sleep(20)
}

async function sizes(folder: string): Promise<Map<string, number>> {
  const names = await readdir(folder)
  return new Map(
    await Promise.all(names.map(async (one) => [one, (await stat(join(folder, one))).size] as const)),
  )
}

const isLarge = (n: number) => n % LARGE_EACH === LARGE_EACH - 1
const name = (n: number) => `f${String(n).padStart(4, '0')}${isLarge(n) ? '-large' : ''}`
const sizeOf = (path: string) => (path.endsWith('-large') ? LARGE : SMALL)
