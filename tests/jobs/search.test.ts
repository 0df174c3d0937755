import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workers } from '#lib/db/schema/agents.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { listTransfers } from '#lib/jobs/details.ts'
import { listJobs } from '#lib/jobs/queries.ts'
import { readStats } from '#lib/jobs/stats.ts'
import { openStage } from '#tests/support/stage.ts'
import { sweepLeftovers } from '#workers/maintenance/leftovers.ts'

const stage = await openStage(afterAll)
const { ctx, source, destination } = stage
const { db } = stage.database
const COUNT = 13_000
/** Of the oldest, in the middle, of the newest: the ids of jobs with the rare word. */
const rare: string[] = []
let tape = ''

beforeAll(async () => {
  tape = (await createEndpoint({ ctx: ctx.owner, input: { name: 'tape', type: 'local', path: '/srv/t' } })).id
  // Made in the order of their ids, within a minute; each thousandth has the rare word, two the rare endpoint.
  const rows = await db.execute<{ id: string; path: string }>(sql`
    insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, created_by, finished_at, files)
    select overlay(${v7()} placing lpad(to_hex(n), 12, '0') from 25 for 12)::uuid,
      case when n % 6000 = 77 then 'paused' when n % 10 = 0 then 'cancelled' else 'completed' end, 'copy',
      case when n % 6500 = 99 then ${tape}::uuid else ${source.id}::uuid end,
      'p/' || n || case when n % 1000 = 77 then '/zanzibar-éß' else '' end,
      ${destination.id}::uuid, 'q', 'test', case when n % 6000 = 77 then null else now() end, 1
    from generate_series(1, ${COUNT}::int) as n returning id, source_path as path`)
  rare.push(
    ...rows
      .filter(({ path }) => path.includes('zanzibar'))
      .map(({ id }) => id)
      .sort()
      .reverse(),
  )
})

/** Every job of a search, following the cursors, and how many pages that took. */
async function walk(input: object): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = []
  let pages = 0
  let cursor: string | null = null
  do {
    const page = await listJobs({ ctx: ctx.viewer, input: { ...input, ...(cursor && { cursor }) } })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
    pages += 1
    expect(pages).toBeLessThan(1000)
  } while (cursor)
  return { ids, pages }
}

describe.each(['with the index', 'without the extension'])('a search %s', (how) => {
  beforeAll(async () => {
    if (how === 'without the extension') await db.execute(sql`drop index jobs_search`)
  })

  test.each(['zanzibar', 'ZANZI', 'r-é', '77/z'])(
    'for %j finds each job once, newest first, unfinished ones too',
    async (q) => {
      for (const limit of [3, 50]) expect((await walk({ q, limit })).ids).toEqual(rare)
    },
  )

  test('keeps to states and endpoints', async () => {
    const paused = await walk({ q: 'zanzibar', state: 'paused' })
    expect(paused.ids).toEqual([rare[0], rare[6], rare[12]])
    expect((await walk({ q: 'zanzibar', endpointId: source.id })).ids).toEqual(rare)
    expect((await walk({ q: 'zanzibar', endpointId: tape })).ids).toEqual([])
    expect((await walk({ q: 'tape' })).ids).toHaveLength(2)
    expect((await walk({ q: 'tape', endpointId: destination.id })).ids).toHaveLength(2)
    expect((await walk({ q: 'tape', endpointId: tape, state: 'cancelled' })).ids).toHaveLength(0)
  })

  test('that hits nothing ends', async () => {
    expect((await walk({ q: 'qwertzuiop' })).ids).toEqual([])
    expect((await walk({ q: 'zq' })).ids).toEqual([])
  })
})

test('the index answers a rare word in one page; without it, or for two letters, the search goes on in pages', async () => {
  expect((await walk({ q: 'zq' })).pages).toBe(2)
  expect((await walk({ q: 'qwertzuiop' })).pages).toBe(2)
  await db.execute(sql`create index jobs_search on jobs using gin (source_path gin_trgm_ops, destination_path gin_trgm_ops)
    where finished_at is not null`)
  expect((await walk({ q: 'qwertzuiop' })).pages).toBe(1)
  expect((await walk({ q: 'zq' })).pages).toBe(2)
})

test('any mix of states and endpoints is listed once each, newest first', async () => {
  const both = await walk({ state: 'paused,cancelled,paused', endpointId: source.id, limit: 200 })
  const rows = await db.execute<{ id: string }>(
    sql`select id from jobs where state in ('paused', 'cancelled') and source_endpoint_id = ${source.id} order by id desc`,
  )
  expect(both.ids).toEqual(rows.map(({ id }) => id))
})

test('jobs made and ended while somebody pages are neither repeated nor do they hide others', async () => {
  const before = (await walk({ state: 'cancelled,completed', limit: 200 })).ids
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const input: object = { state: 'cancelled,completed', limit: 200, ...(cursor && { cursor }) }
    const page = await listJobs({ ctx: ctx.viewer, input })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
    const { held } = await stage.running(`late/${seen.length}`)
    await stage.end(held, { kind: 'completed' })
  } while (cursor)
  expect(seen).toEqual(before)
})

test('counts stop at their bound and say so', async () => {
  const { lastDay } = await readStats({ ctx: ctx.viewer })
  expect(lastDay.more).toBe(true)
  expect(lastDay.completed + lastDay.cancelled + lastDay.failed).toBe(10_001)
})

test('an endpoint of many ended jobs can be deleted; one that an unfinished job uses cannot', async () => {
  await expect(deleteEndpoint({ ctx: ctx.owner, id: source.id })).rejects.toMatchObject({ kind: 'conflict' })
  await deleteEndpoint({ ctx: ctx.owner, id: tape })
})

test('files that one looks for in a large job are found once each, in bounded pages', async () => {
  const { job } = await stage.running('many')
  await db.execute(sql`
    insert into transfers (job_id, path, size, state, action, attempt, cause, message)
    select ${job.id}::uuid, case when n % 30000 = 1 then 'needle' else 'hay' end || n, 1,
      case when n % 40000 = 2 then 'cancelled' when n > 10 then 'failed' else 'completed' end, 'copied', 1,
      'network', 'cut'
    from generate_series(1, 120000) as n`)
  const all = async (input: object) => {
    const paths: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page = await listTransfers({
        ...{ ctx: ctx.viewer, id: job.id, input: { ...input, ...(cursor && { cursor }) } },
      })
      paths.push(...page.items.map(({ path }) => path))
      cursor = page.nextCursor
      pages += 1
    } while (cursor)
    return { paths: paths.sort(), pages }
  }
  expect((await all({ q: 'NEEDLE', limit: 2 })).paths).toEqual([
    'needle1',
    'needle30001',
    'needle60001',
    'needle90001',
  ])
  expect((await all({ state: 'completed' })).paths).toHaveLength(9)
  expect(await all({ state: 'cancelled' })).toMatchObject({
    pages: 1,
    paths: ['hay2', 'hay40002', 'hay80002'],
  })
  expect((await all({ q: 'nowhere' })).pages).toBeGreaterThan(2)
})

test('worker processes gone for a week and sessions ended for one are removed, others stay', async () => {
  const worker = async (days: number) => {
    const [row] = await db
      .insert(workers)
      .values({
        ...{ agentId: ctx.agent.actor.id, host: 'h', pid: 1, rcloneVersion: '0', rclonePath: '/', slots: 1 },
        heartbeatAt: sql`now() - make_interval(days => ${days})`,
      })
      .returning({ id: workers.id })
    return row!.id
  }
  const [gone, lately, holding] = [await worker(8), await worker(6), await worker(8)]
  const { held } = await stage.running('held')
  await db.execute(sql`update attempts set worker_id = ${holding} where id = ${held.attemptId}`)
  const [user] = await db
    .insert(users)
    .values({ email: 'a@b.example', role: 'viewer' })
    .returning({ id: users.id })
  const at = (days: number) => sql`now() + make_interval(days => ${days})`
  const session = { userId: user!.id }
  const sessions = await db
    .insert(loginSessions)
    .values([
      { ...session, expiresAt: at(-8) },
      { ...session, expiresAt: at(9), revokedAt: at(-8) },
      { ...session, expiresAt: at(-6) },
      { ...session, expiresAt: at(9) },
    ])
    .returning({ id: loginSessions.id })
  await sweepLeftovers(ctx.agent)
  const left = (await db.select({ id: workers.id }).from(workers)).map(({ id }) => id)
  expect(left).toEqual(expect.arrayContaining([lately, holding, ctx.workerId]))
  expect(left).not.toContain(gone)
  const open = (await db.select({ id: loginSessions.id }).from(loginSessions)).map(({ id }) => id)
  expect(open.sort()).toEqual(
    sessions
      .slice(2)
      .map(({ id }) => id)
      .sort(),
  )
})
