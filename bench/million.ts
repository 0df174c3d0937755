import type { Page } from '#lib/cursor.ts'
import { connect, type Sql } from '#lib/db/client.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { makeUser, PASSWORD, signIn } from '#tests/support/sign-in.ts'
import { type Comparison, compare } from './figures.ts'
import { type Amount, fill, words } from './million/fill.ts'
import { sizes } from './million/sizes.ts'
import { openStage, type Stage } from './stage.ts'

type Row = { what: string; figure: string; reach: string }

const LARGE: Amount = { jobs: 1_000_000, files: 10_000_000, heavyFiles: 1_000_000 }
const LITTLE: Amount = { jobs: 1000, files: 10_000, heavyFiles: 1000 }
const ROUNDS = 7
/** One sample is as many calls as fill about this long: a single call of 3 ms is mostly noise. */
const SAMPLE_MS = 60

/** What one address costs on each side; the ids differ, so each side makes its own. */
type Question = { what: string; path(side: Side): string | Promise<string>; page?: true }

type Side = {
  stage: Stage
  heavy: string
  old: string
  tape: string
  cookie: string
  api(path: string): Promise<Page<Job>>
}

const questions: Question[] = [
  { what: 'jobs, first page', path: () => '/jobs' },
  {
    what: 'jobs, page 100 (nine a page)',
    path: async (side) => `/jobs?limit=9&cursor=${await deep(side, 'limit=9', 99)}`,
  },
  { what: 'jobs that failed', path: () => '/jobs?state=failed' },
  { what: 'jobs that are active', path: () => '/jobs?state=pending,queued,running,retrying,paused' },
  { what: 'jobs of a busy endpoint', path: async (side) => `/jobs?endpointId=${await busy(side)}` },
  { what: 'jobs of an endpoint of few', path: (side) => `/jobs?endpointId=${side.tape}` },
  {
    what: 'cancelled jobs of a busy endpoint',
    path: async (side) => `/jobs?state=cancelled&limit=5&endpointId=${await busy(side)}`,
  },
  { what: 'search that hits often', path: () => `/jobs?q=${words.often}` },
  { what: 'search that hits 20 jobs', path: () => `/jobs?q=${words.rare}` },
  { what: "search for an endpoint's name", path: () => `/jobs?q=${words.endpoint}` },
  { what: 'search that hits nothing', path: () => `/jobs?q=${words.never}` },
  { what: 'search for what is common, but long past', path: () => `/jobs?q=${longPast()}` },
  { what: 'search of two letters', path: () => `/jobs?q=zq` },
  { what: 'search that hits nothing, of failed jobs', path: () => `/jobs?state=failed&q=${words.never}` },
  { what: 'an old job', path: (side) => `/jobs/${side.old}` },
  { what: 'its files', path: (side) => `/jobs/${side.old}/transfers` },
  { what: 'its log', path: (side) => `/jobs/${side.old}/log` },
  { what: 'the job of many files', path: (side) => `/jobs/${side.heavy}` },
  { what: 'its files, first page', path: (side) => `/jobs/${side.heavy}/transfers` },
  { what: 'its files, a late page', path: (side) => `/jobs/${side.heavy}/transfers?cursor=${late()}` },
  { what: 'its cancelled files', path: (side) => `/jobs/${side.heavy}/transfers?state=cancelled` },
  {
    what: 'its files by a name that is nowhere',
    path: (side) => `/jobs/${side.heavy}/transfers?q=${words.never}`,
  },
  { what: 'its log, first page', path: (side) => `/jobs/${side.heavy}/log` },
  { what: 'statistics', path: () => '/stats' },
  { what: 'page: jobs', path: () => '/jobs', page: true },
  { what: 'page: jobs, searched in vain', path: () => `/jobs?q=${words.never}`, page: true },
  { what: 'page: the job of many files', path: (side) => `/jobs/${side.heavy}`, page: true },
  { what: 'page: its files', path: (side) => `/jobs/${side.heavy}?tab=files`, page: true },
  { what: 'page: its log', path: (side) => `/jobs/${side.heavy}?tab=log`, page: true },
]

/**
 * Lists, search and the pages of a job on 1,000,000 jobs with 10,000,000 files beside the same on 1,000 with 10,000,
 * over HTTP, each on a File Orbit of its own. `reach` is below 2 ×.
 */
export async function million(port: number): Promise<Row[]> {
  const stages = [await openStage(port), await openStage(port + 1)] as const
  try {
    const [large, filled] = await prepare(stages[0], LARGE)
    const [little] = await prepare(stages[1], LITTLE)
    const rows: Row[] = [{ what: 'fill 1,000,000 jobs with 10,000,000 files', figure: filled, reach: '—' }]
    for (const question of questions) {
      const [a, b] = [await caller(large, question), await caller(little, question)]
      const result = await compare(ROUNDS, a, b)
      rows.push({ what: question.what, figure: shown(result), reach: '2 ×' })
    }
    return [...rows, ...(await onDatabase(stages[0], sizes))]
  } finally {
    for (const stage of stages) await stage.close()
  }
}

async function prepare(stage: Stage, amount: Amount): Promise<[Side, string]> {
  const began = performance.now()
  const { heavy, old } = await onDatabase(stage, (sql) => fill(sql, amount))
  const took = `${((performance.now() - began) / 1000).toFixed(0)} s`
  const { items } = await stage.api<Page<{ id: string }>>('GET', `/endpoints?q=${words.endpoint}`)
  const database = connect(stage.databaseUrl, { max: 1, name: 'bench' })
  const { email } = await makeUser({ ...database, url: stage.databaseUrl }, 'owner')
  await database.close()
  const cookie = await signIn(stage.origin, email, PASSWORD)
  if (!cookie) throw new Error('The bench could not sign in')
  const api: Side['api'] = (path) => stage.api('GET', path)
  return [{ stage, heavy, old, tape: items[0]!.id, cookie, api }, took]
}

async function onDatabase<T>(stage: Stage, work: (sql: Sql) => Promise<T>): Promise<T> {
  const database = connect(stage.databaseUrl, { max: 1, name: 'bench' })
  try {
    return await work(database.sql)
  } finally {
    await database.close()
  }
}

/** A sample: the mean time of a call to the address, in milliseconds, of as many calls as fill the sample. */
async function caller({ stage, cookie, ...side }: Side, question: Question): Promise<() => Promise<number>> {
  const path = await question.path({ stage, cookie, ...side })
  const address = question.page ? `${stage.origin}${path}` : `${stage.origin}/api/v1${path}`
  const headers: Record<string, string> = question.page
    ? { cookie }
    : { authorization: `Bearer ${stage.key}` }
  const call = async () => {
    const began = performance.now()
    const answer = await fetch(address, { headers, redirect: 'manual' })
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${question.what}: ${answer.status} of ${address}`)
    return performance.now() - began
  }
  await call()
  const calls = Math.max(1, Math.min(20, Math.round(SAMPLE_MS / (await call()))))
  return async () => {
    let all = 0
    for (let n = 0; n < calls; n += 1) all += await call()
    return all / calls
  }
}

async function deep(side: Side, query: string, pages: number): Promise<string> {
  let cursor = ''
  for (let n = 0; n < pages; n += 1) {
    const page = await side.api(`/jobs?${query}${cursor && `&cursor=${cursor}`}`)
    if (!page.nextCursor) throw new Error(`There are only ${n} pages`)
    cursor = page.nextCursor
  }
  return cursor
}

async function busy(side: Side): Promise<string> {
  const { items } = await side.api('/jobs?limit=200')
  const counts = new Map<string, number>()
  for (const { source } of items) counts.set(source.endpointId, (counts.get(source.endpointId) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]![0]
}

/** A month that one path in twelve holds, none of the newest: read by the index, yet each match of it. */
function longPast(): string {
  return new Date(Date.now() - 240 * 24 * 3600_000).toISOString().slice(0, 7)
}

/** Near the end of a job's files, whose order is that of a hash. */
function late(): string {
  return Buffer.from(JSON.stringify(['1', 'f0000000-0000-0000-0000-000000000000'])).toString('base64url')
}

function shown({ ratio, control, a, b }: Comparison): string {
  const verdict = control < 0.95 || control > 1.05 ? ', inconclusive' : ''
  return `${ratio.toFixed(2)} × (${a.toFixed(1)} ms against ${b.toFixed(1)} ms; control ${control.toFixed(2)}${verdict})`
}
