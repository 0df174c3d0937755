import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Comparison, compare, median, percentile } from './figures.ts'
import { idle } from './idle.ts'
import { copy, ended, endpoint, startedAt } from './jobs.ts'
import { kill } from './kill.ts'
import { million } from './million.ts'
import { bareQueue } from './queue.ts'
import { s3Events } from './s3-events.ts'
import { inParallel, type Row, type Scene } from './scene.ts'
import { schedules } from './schedules.ts'
import { openStage, type Stage } from './stage.ts'
import { watchStreams } from './streams.ts'
import { watching } from './watch.ts'

// node bench/run.ts [name…]: all scenes, or those named. Figures go to standard output as a Markdown table.

const scenes: Record<string, Scene> = {
  'small-files': async (stage) => {
    const source = join(stage.files, 'small')
    await mkdir(source)
    const body = Buffer.alloc(4096, 'x')
    for (let n = 0; n < 10_000; n += 1) await writeFile(join(source, `f${n}`), body)
    const result = await againstRaw(stage, 'small', source, 3)
    return [{ what: '10,000 files of 4 KiB beside `rclone copy`', ...shown(result), reach: '1.15 ×' }]
  },
  'large-file': async (stage) => {
    const source = join(stage.files, 'large')
    await mkdir(source)
    await run('dd', ['if=/dev/zero', `of=${join(source, 'big')}`, 'bs=1M', 'count=2048'])
    const result = await againstRaw(stage, 'large', source, 3)
    await rm(source, { recursive: true })
    return [{ what: '2 GiB file beside `rclone copy`', ...shown(result), reach: '1.05 ×' }]
  },
  latency: async (stage) => {
    const { source, destination } = await oneFile(stage, 'latency')
    const waits: number[] = []
    for (let n = 0; n < 40; n += 1) {
      const began = Date.now()
      const job = await copy(stage, source, destination, '', `d${n}`)
      await ended(stage, job.id)
      waits.push((await startedAt(stage, job.id)) - began)
    }
    const figure = `median ${median(waits)} ms, 95 % ${percentile(waits, 0.95)} ms`
    return [{ what: 'POST → rclone has started, idle', figure, reach: 'median 25 ms' }]
  },
  'many-jobs': async (stage) => {
    const { source, destination, file } = await oneFile(stage, 'many-jobs')
    const began = performance.now()
    const jobs: string[] = []
    await inParallel(8, 1000, async (n) => {
      jobs.push((await copy(stage, source, destination, '', `d${n}`)).id)
    })
    await inParallel(8, jobs.length, async (n) => {
      await ended(stage, jobs[n]!)
    })
    const ours = performance.now() - began
    const rawBegan = performance.now()
    const raw = join(stage.files, 'many-raw')
    await inParallel(4, 1000, (n) =>
      run(stage.rclone, ['--config', '', 'copyto', file, join(raw, `d${n}`, 'f')]),
    )
    const theirs = performance.now() - rawBegan
    const figure = `${(theirs / ours).toFixed(1)} × faster (${seconds(ours)} against ${seconds(theirs)})`
    return [
      {
        what: '1,000 jobs of one 4 KiB file beside 1,000 `rclone copyto`, four at a time',
        figure,
        reach: '4 ×',
      },
    ]
  },
  streams: async (stage) => {
    const rows: Row[] = []
    for (const [count, reach] of [
      [1, '—'],
      [200, '100 ms'],
      [1000, '250 ms'],
    ] as const) {
      const { late, memory } = await watchStreams(stage, count)
      rows.push({
        what: `${count} streams on a running job, delay of an event`,
        figure: `median ${median(late).toFixed(0)} ms, 95 % ${percentile(late, 0.95).toFixed(0)} ms, web process ${memory} MiB`,
        reach,
      })
    }
    return rows
  },
  kill,
  queue: bareQueue,
  schedules,
  idle,
  watch: (stage) => watching(stage),
  'watch-drop': (stage) => watching(stage, ['thousand']),
  'watch-many': (stage) => watching(stage, ['many']),
  's3-events': s3Events,
  million: () => million(4000 + (process.pid % 900)),
}

async function oneFile(stage: Stage, name: string) {
  const folder = join(stage.files, name)
  await mkdir(join(folder, 'to'), { recursive: true })
  await mkdir(join(folder, 'from'))
  const file = join(folder, 'from', 'f')
  await writeFile(file, Buffer.alloc(4096, 'x'))
  const source = await endpoint(stage, `${name}-from`, join(folder, 'from'))
  const destination = await endpoint(stage, `${name}-to`, join(folder, 'to'))
  return { source, destination, file }
}

async function againstRaw(stage: Stage, name: string, source: string, rounds: number): Promise<Comparison> {
  const target = join(stage.files, `${name}-to`)
  await mkdir(target)
  const from = await endpoint(stage, `${name}-from`, source)
  const to = await endpoint(stage, `${name}-to`, target)
  let turn = 0
  const fresh = async () => {
    turn += 1
    return `run${turn}`
  }
  const timed = async (work: (folder: string) => Promise<unknown>) => {
    const folder = await fresh()
    const began = performance.now()
    await work(folder)
    const took = performance.now() - began
    await rm(join(target, folder), { recursive: true, force: true })
    return took
  }
  return compare(
    rounds,
    () => timed(async (folder) => ended(stage, (await copy(stage, from, to, '', folder)).id)),
    () => timed((folder) => run(stage.rclone, ['--config', '', 'copy', source, join(target, folder)])),
  )
}

function shown({ ratio, control, a, b }: Comparison): { figure: string } {
  const verdict = control < 0.95 || control > 1.05 ? ', inconclusive' : ''
  return {
    figure: `${ratio.toFixed(2)} × (${seconds(a)} against ${seconds(b)}; control ${control.toFixed(2)}${verdict})`,
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.once('error', reject)
    child.once('close', (status) => (status === 0 ? resolve() : reject(new Error(said))))
  })
}

const wanted = process.argv.slice(2)
// A part of another scene is run where it is asked for.
const names = wanted.length > 0 ? wanted : Object.keys(scenes).filter((name) => !name.startsWith('watch-'))
const stage = await openStage(3900 + (process.pid % 90))
try {
  console.log('| what | figure | reach |\n| --- | --- | --- |')
  for (const name of names) {
    const scene = scenes[name]
    if (!scene) throw new Error(`No scene "${name}". There are: ${Object.keys(scenes).join(', ')}`)
    for (const row of await scene(stage)) console.log(`| ${row.what} | ${row.figure} | ${row.reach} |`)
  }
} finally {
  await stage.close()
}
