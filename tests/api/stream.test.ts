import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { notify } from '#lib/live/channel.ts'
import { type EventStream, keyClient } from '#tests/support/api.ts'
import { figures, openStage, reportOf } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const web = await startWeb(database.url, afterAll)
const api = await keyClient(web.url, ctx, 'viewer')

async function open(path: string, headers?: Record<string, string>): Promise<EventStream> {
  const stream = await api.stream(path, headers)
  onTestFinished(() => stream.close())
  return stream
}

const isSnapshot = ({ event }: { event: string }) => event === 'snapshot'
const isEnd = (id: string) => (event: { event: string; data: Record<string, unknown> }) =>
  event.event === 'job' && event.data.id === id && event.data.state === 'completed'

async function snapshotIds(stream: EventStream): Promise<string[]> {
  const snapshot = (await stream.next(() => true))!
  expect(snapshot.event).toBe('snapshot')
  return (snapshot.data.items as Job[]).map(({ id }) => id)
}

describe('the stream of one job', () => {
  test('begins with a snapshot, tells progress and ends with the job’s last state', async () => {
    const { job, held } = await stage.running()
    const stream = await open(`/stream?jobId=${job.id}`)
    expect(stream.status).toBe(200)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform')
    const first = (await stream.next(() => true))!
    expect(first).toMatchObject({ event: 'snapshot', data: { items: [{ id: job.id, state: 'running' }] } })
    expect(Date.parse(first.id!)).not.toBeNaN()
    const report = reportOf(held, { figures: figures({ bytes: 7, totalBytes: 10, speed: 3, etaSeconds: 1 }) })
    await reportAttempts({ ctx: ctx.agent, reports: [report] })
    const moved = await stream.next(({ event, data }) => event === 'progress' && data.bytes === 7)
    expect(moved!.data).toEqual({
      ...{ id: job.id, bytes: 7, totalBytes: 10, files: 0, totalFiles: 0, speed: 3, etaSeconds: 1 },
      inFlight: [],
    })
    await stage.end(
      held,
      { kind: 'completed' },
      { figures: figures({ bytes: 10, totalBytes: 10, files: 1, totalFiles: 1 }) },
    )
    const end = await stream.next(isEnd(job.id))
    expect(end!.data).toMatchObject({ bytes: 10, files: 1, speed: 0, finishedAt: expect.any(String) })
    expect(Date.parse(end!.id!)).not.toBeNaN()
  })

  test('tells of no other job', async () => {
    const [mine, other] = await Promise.all([stage.running('mine'), stage.running('other')])
    const stream = await open(`/stream?jobId=${mine.job.id}`)
    await stage.end(other.held, { kind: 'completed' })
    await stage.end(mine.held, { kind: 'completed' })
    const seen: unknown[] = []
    await stream.next((event) => {
      if (event.event !== 'snapshot') seen.push(event.data.id)
      return isEnd(mine.job.id)(event)
    })
    expect(new Set(seen)).toEqual(new Set([mine.job.id]))
  })
})

describe('the stream of all', () => {
  test('goes on after a notice that is not about jobs', async () => {
    const { job, held } = await stage.running('after-notice')
    const stream = await open('/stream')
    await notify(database.db, 'live', 'events')
    await stage.end(held, { kind: 'completed' })
    expect(await stream.next(isEnd(job.id))).not.toBeNull()
  })

  test('begins with what is unfinished, then tells of new jobs and each state', async () => {
    const { job: before } = await stage.running()
    const stream = await open('/stream')
    expect(await snapshotIds(stream)).toContain(before.id)
    const { job, held } = await stage.running()
    expect(await stream.next(({ event, data }) => event === 'job' && data.id === job.id)).not.toBeNull()
    await stage.end(held, { kind: 'failed', cause: 'permission', message: 'Not yours.' })
    const failed = await stream.next(({ data }) => data.id === job.id && data.state === 'failed')
    expect(failed!.data).toMatchObject({ error: { cause: 'permission', message: 'Not yours.' } })
  })

  test('resumes with Last-Event-ID: what ended meanwhile is in its snapshot', async () => {
    const { job, held } = await stage.running()
    const first = await open('/stream')
    const { id } = (await first.next(isSnapshot))!
    await first.close()
    await stage.end(held, { kind: 'completed' })
    // Long ago by the clock of the database: only the Last-Event-ID can bring it back.
    await database.db.update(jobs).set({
      updatedAt: sql`${jobs.updatedAt} - interval '1 hour'`,
      finishedAt: sql`${jobs.finishedAt} - interval '1 hour'`,
    })
    const earlier = new Date(Date.parse(id!) - 3_600_000).toISOString()
    const resumed = await open('/stream', { 'last-event-id': earlier })
    expect(await snapshotIds(resumed)).toContain(job.id)
    const fresh = await open('/stream')
    expect(await snapshotIds(fresh)).not.toContain(job.id)
    const nonsense = await open('/stream', { 'last-event-id': 'yesterday, perhaps' })
    expect(await snapshotIds(nonsense)).not.toContain(job.id)
  })

  test('reaches fifty listeners alike, and lets go of those who hang up', async () => {
    const streams = await Promise.all(Array.from({ length: 50 }, () => open('/stream')))
    for (const stream of streams) await stream.next(isSnapshot)
    for (const stream of streams.slice(0, 25)) await stream.close()
    const { job, held } = await stage.running()
    await stage.end(held, { kind: 'completed' })
    const ends = await Promise.all(streams.slice(25).map((stream) => stream.next(isEnd(job.id))))
    for (const end of ends) expect(end).not.toBeNull()
  })
})

test('a lost connection to the database is made up for by a fresh snapshot', async () => {
  const { job, held } = await stage.running()
  const stream = await open(`/stream?jobId=${job.id}`)
  await stream.next(isSnapshot)
  const ended = await database.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'file-orbit web'`
  expect(ended.length).toBeGreaterThan(0)
  await stage.end(held, { kind: 'completed' })
  const told = await stream.next(
    ({ event, data }) =>
      isEnd(job.id)({ event, data }) ||
      (event === 'snapshot' && (data.items as Job[]).some(({ state }) => state === 'completed')),
  )
  expect(told).not.toBeNull()
})

test('a client that asks again over its open connection does not hold the end of the web up', async () => {
  const { job, held } = await stage.running()
  // As a browser or the CLI does: as soon as a stream ends, the next is asked for.
  const stubborn = new AbortController()
  onTestFinished(async () => stubborn.abort())
  const answers: number[] = []
  const first = await open(`/stream?jobId=${job.id}`)
  await first.next(isSnapshot)
  const following = (async () => {
    await first.next(() => false).catch(() => null)
    while (!stubborn.signal.aborted) {
      const again = await api.get(`/stream?jobId=${job.id}`).catch(() => null)
      if (!again) return
      answers.push(again.status)
    }
  })()
  const began = performance.now()
  await web.stop('SIGTERM')
  expect(performance.now() - began).toBeLessThan(15_000)
  await following
  expect(answers.every((status) => status === 503)).toBe(true)
  await stage.end(held, { kind: 'completed' })
  await web.start()
})

describe.each(['SIGTERM', 'SIGKILL'] as const)('over a restart of the web by %s', (signal) => {
  test('a client learns the end of its job', async () => {
    const { job, held } = await stage.running()
    const [one, all] = [await open(`/stream?jobId=${job.id}`), await open('/stream')]
    const [seen] = [await one.next(isSnapshot), await all.next(isSnapshot)]
    const hungUp = Promise.all([one, all].map((stream) => stream.next(() => false).catch(() => null)))
    const began = performance.now()
    await web.stop(signal)
    expect(await hungUp).toEqual([null, null])
    expect(performance.now() - began).toBeLessThan(15_000)
    await stage.end(held, { kind: 'completed' })
    await web.start()
    for (const path of [`/stream?jobId=${job.id}`, '/stream']) {
      const again = await open(path, { 'last-event-id': seen!.id! })
      const snapshot = (await again.next(isSnapshot))!
      const mine = (snapshot.data.items as Job[]).find(({ id }) => id === job.id)
      expect(mine).toMatchObject({ state: 'completed' })
    }
  })
})
