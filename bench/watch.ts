import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { noOneToAsk } from '#lib/agents/questions.ts'
import { type Context, systemActor } from '#lib/context.ts'
import { connect, type Database } from '#lib/db/client.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import { channels } from '#lib/live/channel.ts'
import { openQueue } from '#lib/queue/boss.ts'
import { nothingToSeal } from '#lib/secrets/sealer.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { median, percentile } from './figures.ts'
import { endpoint, startedAt } from './jobs.ts'
import { childTree } from './processes.ts'
import { inParallel, type Row } from './scene.ts'
import type { Stage } from './stage.ts'

const WINDOW_SECONDS = 1
const DROPPED = 1000
const MANY = 100_000

const parts = { latency, thousand, many }

/**
 * Files that land in watched folders: how soon they travel, how fast a thousand, and whether all of many are found. One part
 * alone has a worker that did nothing before.
 */
export async function watching(
  stage: Stage,
  wanted: (keyof typeof parts)[] = ['latency', 'thousand', 'many'],
): Promise<Row[]> {
  const house = await openHouse(stage)
  try {
    const rows: Row[] = []
    for (const part of wanted) rows.push(...(await parts[part](stage, house)))
    return rows
  } finally {
    await house.close()
  }
}

type House = Awaited<ReturnType<typeof openHouse>>

async function openHouse(stage: Stage) {
  const database = connect(stage.databaseUrl, { max: 2, name: 'bench' })
  const queue = await openQueue(database.db, { onError: (error) => console.error(error.message) })
  const ctx: Context = {
    ...{ actor: systemActor('bench'), db: database.db, queue, ask: noOneToAsk, seal: nothingToSeal },
  }
  return {
    database,
    /** A watch that has begun; `folder` is what it watches. */
    async watch(name: string, settings: object, more: object = {}) {
      const folder = join(stage.files, name, 'from')
      await mkdir(folder, { recursive: true })
      await mkdir(join(stage.files, name, 'to'))
      const source = await endpoint(stage, `${name}-from`, folder)
      const destination = await endpoint(stage, `${name}-to`, join(stage.files, name, 'to'))
      const template = await createTemplate({
        ctx,
        input: {
          ...{ name, operation: 'move', source: { endpointId: source, path: '' } },
          destinations: [{ endpointId: destination, path: '' }],
          triggers: [{ type: 'watch', ...settings }],
          ...more,
        },
      })
      await until(async () => (await begun(database, template.triggers[0]!.id)) === 1)
      return {
        folder,
        templateId: template.id,
        summary: () => summarizeEvents({ ctx, input: { templateId: template.id } }),
        /**
         * Resolves as soon as so many have arrived. Looked at when there is news: who asks all the time takes a good part
         * of the processors that are measured, and the books (`summary`) half of them.
         */
        async arrived(count: number): Promise<void> {
          const { promise, resolve } = Promise.withResolvers<void>()
          const look = async () => {
            const [row] = await database.sql<{ enough: boolean }[]>`
              select coalesce(sum(count), 0) >= ${count} as enough from event_counts
              where template_id = ${template.id} and state = 'transferred'`
            if (row!.enough) resolve()
          }
          const listening = await database.sql.listen(
            channels.live,
            (said) => said === 'events' && void look(),
          )
          await look()
          await promise
          await listening.unlisten()
        },
      }
    },
    async close() {
      await queue.stop()
      await database.close()
    },
  }
}

async function begun({ sql }: Database, triggerId: string): Promise<number> {
  return (await sql`select 1 from watches where trigger_id = ${triggerId} and begun_at is not null`).count
}

async function until(holds: () => Promise<boolean>, everyMs = 20): Promise<void> {
  while (!(await holds())) await sleep(everyMs)
}

async function latency(stage: Stage, house: House): Promise<Row[]> {
  const { folder, templateId, arrived } = await house.watch('ready', { readyAfterSeconds: WINDOW_SECONDS })
  const waits: number[] = []
  for (let n = 0; n < 20; n += 1) {
    await writeFile(join(folder, `f${n}`), Buffer.alloc(4096, 'x'))
    const { mtimeMs } = await stat(join(folder, `f${n}`))
    await arrived(n + 1)
    const [event] = await house.database.sql<{ jobId: string }[]>`
      select job_id as "jobId" from events where template_id = ${templateId} order by id desc limit 1`
    waits.push((await startedAt(stage, event!.jobId)) - mtimeMs - WINDOW_SECONDS * 1000)
  }
  return [
    {
      what: 'file ready → rclone has started, after the readiness window',
      figure: `median ${median(waits).toFixed(0)} ms, 95 % ${percentile(waits, 0.95).toFixed(0)} ms`,
      reach: 'median 150 ms',
    },
  ]
}

async function thousand(stage: Stage, house: House): Promise<Row[]> {
  const { folder, arrived } = await house.watch('thousand', { readyAfterSeconds: WINDOW_SECONDS })
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 1; round <= 5; round += 1) {
    const ready = join(stage.files, `ready-${round}`)
    await plantQuiet(ready, DROPPED)
    const rawBegan = performance.now()
    const raw = spawn(stage.rclone, ['--config', '', 'copy', ready, join(stage.files, `raw-${round}`)])
    await once(raw, 'exit')
    theirs.push(performance.now() - rawBegan)
    const began = performance.now()
    // Quiet for long: they are ready when they are there.
    await rename(ready, join(folder, `drop-${round}`))
    await arrived(round * DROPPED)
    ours.push(performance.now() - began)
  }
  const ratio = median(ours.map((one, at) => one / theirs[at]!))
  return [
    {
      what: '1,000 ready files dropped → all moved and accounted for, beside `rclone copy` of the folder',
      figure: `${ratio.toFixed(2)} × (${median(ours).toFixed(0)} ms against ${median(theirs).toFixed(0)} ms)`,
      reach: '2 ×',
    },
  ]
}

async function plantQuiet(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const body = Buffer.alloc(4096, 'x')
  await inParallel(8, count, async (n) => {
    await writeFile(join(folder, `f${n}`), body)
    await utimes(join(folder, `f${n}`), 1_700_000_000 + n, 1_700_000_000 + n)
  })
}

async function many(stage: Stage, house: House): Promise<Row[]> {
  const alone = await chokidarAlone(join(stage.files, 'alone'))
  // What is found is counted, so none of it is wanted: moving so many would be another measurement.
  const { folder, summary } = await house.watch('many', {}, { pattern: '*.none' })
  const worker = () => childTree(stage.parent.pid!, 'workers/main')[0]!.pid
  const memory = peakOf(worker())
  const began = performance.now()
  await ended(drop(join(folder, 'first'), MANY))
  await until(async () => (await summary()).received >= MANY, 200)
  const took = performance.now() - began
  const { before, peak } = memory.stop()
  const second = drop(join(folder, 'second'), MANY)
  await until(async () => (await summary()).received > MANY, 200)
  process.kill(worker(), 'SIGKILL')
  await ended(second)
  await until(async () => (await summary()).received >= 2 * MANY, 200)
  // Longer than a look at everything takes, for what would come twice.
  await sleep(15_000)
  const { received } = await summary()
  await rm(folder, { recursive: true })
  return [
    {
      what: '100,000 files dropped: found / dropped',
      figure: `1.000 after ${(took / 1000).toFixed(1)} s; with as many again across a kill -9: ${(received / (2 * MANY)).toFixed(5)}; chokidar alone ${(alone.found / MANY).toFixed(3)}`,
      reach: 'exactly 1.000',
    },
    {
      what: 'memory that this took, over what the process had before, beside chokidar alone',
      figure: `${((peak - before) / alone.grown).toFixed(2)} × (${peak - before} against ${alone.grown} MiB; whole processes ${peak} against ${alone.peak})`,
      reach: '0.5 ×',
    },
  ]
}

function drop(folder: string, count: number): ChildProcess {
  const script = `
    const { mkdirSync, writeFileSync } = require('node:fs')
    mkdirSync(process.argv[1], { recursive: true })
    for (let n = 0; n < ${count}; n += 1) writeFileSync(process.argv[1] + '/f' + n, 'x')`
  return spawn(process.execPath, ['-e', script, folder], { stdio: 'inherit' })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, 'exit')
}

/** In MiB, sampled from now to `stop`. */
function peakOf(pid: number) {
  const before = rss(pid)
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, rss(pid))
  }, 50)
  return {
    stop() {
      clearInterval(timer)
      return { before, peak }
    },
  }
}

function rss(pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return Math.round(kib / 1024)
}

/** A process that watches with chokidar as it comes, and counts. */
async function chokidarAlone(folder: string): Promise<{ found: number; grown: number; peak: number }> {
  await mkdir(folder)
  const script = `
    import { watch } from 'chokidar'
    let found = 0
    watch(process.argv[1], { ignoreInitial: true })
      .on('add', () => { found += 1 })
      .on('ready', () => process.send('ready'))
    process.on('message', () => process.send(found))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  const memory = peakOf(child.pid!)
  await ended(drop(folder, MANY))
  let [found, last] = [0, -1]
  while (found !== last) {
    last = found
    await sleep(3000)
    child.send('count')
    ;[found] = (await once(child, 'message')) as [number]
  }
  const { before, peak } = memory.stop()
  child.kill()
  await rm(folder, { recursive: true })
  return { found, grown: peak - before, peak }
}
