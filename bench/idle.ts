import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import type { Job } from '#lib/jobs/schema.ts'
import { copy, ended, endpoint } from './jobs.ts'
import { childTree, cpuSeconds, pss } from './processes.ts'
import { inParallel, type Row } from './scene.ts'
import type { Stage } from './stage.ts'

const IDLE_MS = 30_000
const RUNNING_MS = 16_000
/** PostgreSQL's idle connections hand in their counts after ten seconds at the latest. */
const SETTLE_MS = 12_000
/** From the request to the first files. */
const BEGUN_MS = 1500

/** What File Orbit takes while it does nothing, after all four slots have been used, and what a transfer commits. */
export async function idle(stage: Stage): Promise<Row[]> {
  const from = join(stage.files, 'idle')
  const to = join(stage.files, 'idle-to')
  await mkdir(from)
  await mkdir(to)
  const body = Buffer.alloc(4096, 'x')
  // 2,000 files of 4 KiB at 400 KiB a second take twenty seconds.
  await inParallel(8, 2000, (n) => writeFile(join(from, `f${n}`), body))
  const source = await endpoint(stage, 'idle-from', from)
  const destination = await endpoint(stage, 'idle-to', to)
  await inParallel(4, 4, async (n) => {
    await ended(stage, (await copy(stage, source, destination, '', `warm${n}`, { bandwidth: '2M' })).id)
  })
  const sql = postgres(stage.databaseUrl, { max: 1 })
  try {
    // The server's own chores after many rows, in bursts of some twenty transactions, would hide ours.
    await sql`alter system set autovacuum = off`
    await sql`select pg_reload_conf()`
    await sleep(SETTLE_MS)
    const groups = () => {
      const worker = childTree(stage.parent.pid!, 'workers/main')
      return {
        worker: worker.slice(0, 1),
        rclones: worker.filter(({ command }) => command.includes('rcd --use-json-log')),
        web: childTree(stage.parent.pid!, 'file-orbit web'),
        PostgreSQL: childTree(stage.parent.pid!, 'postgres'),
      }
    }
    const before = groups()
    const still = await rates(sql, IDLE_MS)
    const after = groups()
    const each = (Object.keys(before) as (keyof typeof before)[]).map((name) => ({
      name: name === 'rclones' ? `${after.rclones.length} rclones` : name,
      memory: Math.round(pss(after[name])),
      cpu: cpuSeconds(after[name]) - cpuSeconds(before[name]),
    }))
    const shown = (one: (group: (typeof each)[number]) => string) =>
      each.map((group) => `${group.name} ${one(group)}`).join(', ')

    const job = await copy(stage, source, destination, '', 'slow', { bandwidth: '400K' })
    await sleep(BEGUN_MS)
    const moving = await rates(sql, RUNNING_MS)
    const { state, files } = await stage.api<Job>('GET', `/jobs/${job.id}`)
    if (state !== 'running') throw new Error(`The transfer was ${state} before its commits were counted`)
    await stage.api('POST', `/jobs/${job.id}/cancel`)

    return [
      { what: 'memory while idle (PSS), MiB', figure: shown(({ memory }) => String(memory)), reach: '—' },
      {
        what: 'processor seconds in 30 s idle',
        figure: shown(({ cpu }) => cpu.toFixed(2)),
        reach: '—',
      },
      {
        what: 'database transactions a second, all / those that wrote: idle; during a transfer of small files',
        figure: `${rate(still)}; ${rate(moving)} (${files} files told of): a transfer adds ${rate({
          all: moving.all - still.all,
          wrote: moving.wrote - still.wrote,
        })}`,
        reach: 'at most 1.5',
      },
    ]
  } finally {
    await sql`alter system reset autovacuum`
    await sql`select pg_reload_conf()`
    await sql.end()
  }
}

type Rates = { all: number; wrote: number }

const rate = ({ all, wrote }: Rates) => `${all.toFixed(2)} / ${wrote.toFixed(2)}`

/**
 * Transactions a second of the whole database server over a while. `all` is xact_commit, reads included;
 * `wrote` is how many transaction ids were given out: only what writes, locks rows or notifies takes one.
 */
async function rates(sql: postgres.Sql, forMs: number): Promise<Rates> {
  const read = async () => {
    const [row] = await sql<{ all: string; wrote: string }[]>`
      select sum(xact_commit) as all, pg_snapshot_xmax(pg_current_snapshot())::text as wrote from pg_stat_database`
    return { all: Number(row!.all), wrote: Number(row!.wrote), at: performance.now() }
  }
  const began = await read()
  await sleep(forMs)
  const now = await read()
  const seconds = (now.at - began.at) / 1000
  // One of them is our own first look.
  return { all: (now.all - began.all - 1) / seconds, wrote: (now.wrote - began.wrote) / seconds }
}
