import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { expect, onTestFinished, test } from 'vitest'
import { JobStreams } from '#app/_server/job-streams.ts'
import { connect } from '#lib/db/client.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { notifyJobs } from '#lib/live/channel.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { openStage, type Stage } from '#tests/support/stage.ts'

/** The streams of one web process, whose LISTEN goes through a gate, and one client of them. */
async function openStreams(
  stage: Stage,
  { jobId = null, ...more }: { beatMs?: number; restMs?: number; jobId?: string | null } = {},
) {
  const gate = await openAnswerGate(stage.database.url, onTestFinished)
  const listening = connect(gate.url, { max: 2, name: 'listen' })
  onTestFinished(() => listening.close())
  let reads = 0
  const db = new Proxy(stage.database.db, {
    get(target, key) {
      if (key === 'select') reads += 1
      return Reflect.get(target, key, target) as unknown
    },
  })
  const streams = new JobStreams(db, new LiveHub(listening.sql), {
    ...{ overlapSeconds: 0.2 },
    ...more,
  })
  onTestFinished(async () => streams.closeAll())
  const stream = await streams.open({
    ...{ jobId, lastEventId: null, signal: new AbortController().signal },
    stillAllowed: async () => true,
  })
  return { gate, stream, reads: () => reads }
}

type Heard = { event: string; id: string | undefined; data: Record<string, unknown> }

/** The client's next event of its kind; null when the stream has ended before. */
function eventsOf(stream: ReadableStream<Uint8Array>) {
  const events = stream
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  return async (holds: (heard: Heard) => boolean): Promise<Heard | null> => {
    for (;;) {
      const { done, value } = await events.read()
      if (done) return null
      const heard = { event: value.event ?? '', id: value.id, data: JSON.parse(value.data) as Heard['data'] }
      if (holds(heard)) return heard
    }
  }
}

test('what ended while nobody listened is told, however long that was, and ids are of the clock of the database', async () => {
  const stage = await openStage(onTestFinished)
  const { job, held } = await stage.running()
  // A server two hours behind.
  const real = Date.now
  Date.now = () => real() - 7_200_000
  onTestFinished(async () => {
    Date.now = real
  })
  const { gate, stream } = await openStreams(stage)
  const next = eventsOf(stream)
  const first = await next(({ event }) => event === 'snapshot')
  expect(Math.abs(Date.parse(first!.id!) - real())).toBeLessThan(60_000)
  gate.darken()
  await stage.end(held, { kind: 'completed' })
  // Longer than streams overlap.
  await sleep(1000)
  await stage.queued('later')
  gate.lighten()
  const again = await next(({ event }) => event === 'snapshot')
  expect((again!.data.items as Job[]).find(({ id }) => id === job.id)).toMatchObject({ state: 'completed' })
})

test('a slow client with a large snapshot keeps its stream and learns each end', async () => {
  const stage = await openStage(onTestFinished)
  const { job } = await stage.running('a')
  // Copies of one job that waits: some hundred KiB of snapshot, more than a stream queues.
  await stage.database.db.execute(sql`
    insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, options, created_by)
    select gen_random_uuid(), 'queued', operation, source_endpoint_id, repeat('long/', 100), destination_endpoint_id,
      destination_path, options, created_by
    from jobs, generate_series(1, 900) where id = ${job.id}`)
  const held = await Promise.all(['b', 'c', 'd'].map(async (path) => (await stage.running(path)).held))
  const { stream } = await openStreams(stage)
  for (const one of held) await stage.end(one, { kind: 'completed' })
  // Told of, and its notice heard, before the client takes anything.
  await sleep(300)
  const next = eventsOf(stream)
  const snapshot = await next(({ event }) => event === 'snapshot')
  expect(snapshot!.data.items).toHaveLength(904)
  const ended = new Set<unknown>()
  const all = await next(({ event, data }) => {
    if (event === 'job' && data.state === 'completed') ended.add(data.id)
    return ended.size === held.length
  })
  expect(all).not.toBeNull()
  expect(ended).toEqual(new Set(held.map(({ jobId }) => jobId)))
})

test('each beat says how it is: a worker that has died tells nobody itself', async () => {
  const stage = await openStage(onTestFinished)
  const { stream } = await openStreams(stage, { beatMs: 50 })
  const next = eventsOf(stream)
  const isBeat = ({ event }: Heard) => event === 'beat'
  expect((await next(isBeat))!.data).toMatchObject({ status: 'ok', database: 'ok' })
  await stage.database.db.execute(sql`update workers set heartbeat_at = now() - interval '1 minute'`)
  expect(await next(({ event, data }) => event === 'beat' && data.status === 'degraded')).not.toBeNull()
})

/** So many jobs that nobody was told of yet. */
async function waitingJobs(stage: Stage, count: number): Promise<string[]> {
  const { id } = await stage.queued()
  const rows = await stage.database.db.execute<{ id: string }>(sql`
    insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, options, created_by)
    select gen_random_uuid(), 'queued', operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, options, created_by
    from jobs, generate_series(1, ${count}::int) where id = ${id} returning id`)
  return rows.map((row) => row.id)
}

test('after very many jobs a stream rests, and what was said meanwhile is told in one go, whole', async () => {
  const stage = await openStage(onTestFinished)
  // Few enough for what a stream queues, and no beat, which reads as well.
  const ids = await waitingJobs(stage, 500)
  const { stream, reads } = await openStreams(stage, { restMs: 6000, beatMs: 600_000 })
  const next = eventsOf(stream)
  const told = new Set<unknown>()
  const toldOf = (count: number) =>
    next(({ event, data }) => {
      if (event === 'job') told.add(data.id)
      return told.size === count
    })
  await next(({ event }) => event === 'snapshot')
  const { db } = stage.database
  await notifyJobs(db, 'job', ids.slice(0, 200))
  await toldOf(200)
  const resting = reads()
  for (const at of [200, 300, 400]) await notifyJobs(db, 'job', ids.slice(at, at + 100))
  await toldOf(500)
  expect(reads()).toBe(resting + 1)
  expect(told).toEqual(new Set(ids))
})

test('a stream of one job does not rest for all the others', async () => {
  const stage = await openStage(onTestFinished)
  const ids = await waitingJobs(stage, 300)
  const { job, held } = await stage.running('mine')
  const { stream } = await openStreams(stage, { jobId: job.id, restMs: 600_000 })
  const next = eventsOf(stream)
  await next(({ event }) => event === 'snapshot')
  await notifyJobs(stage.database.db, 'job', ids)
  await stage.end(held, { kind: 'completed' })
  expect(await next(({ event, data }) => event === 'job' && data.state === 'completed')).not.toBeNull()
})
