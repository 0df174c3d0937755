import { expect, test } from 'vitest'
import { emptyFeed, takeBeat, takeJob, takeProgress, takeSnapshot } from '#app/_components/live/feed.ts'
import type { Health } from '#lib/agents/health.ts'
import type { Job, Progress } from '#lib/jobs/schema.ts'

const side = { endpointId: '0199f2a4-0000-7000-8000-000000000001', path: '' }
const figures = { bytes: 0, totalBytes: 100, files: 0, totalFiles: 1, speed: 0, etaSeconds: null }
const job = (id: string, state: Job['state']): Job => ({
  ...figures,
  id,
  state,
  waitingFor: null,
  operation: 'copy',
  source: side,
  destination: side,
  options: {},
  template: null,
  trigger: null,
  error: null,
  attempt: 1,
  createdAt: '2026-11-21T11:29:04.000Z',
  startedAt: null,
  finishedAt: null,
})
const progress = (id: string, bytes: number): Progress => ({
  ...figures,
  id,
  bytes,
  speed: bytes,
  inFlight: [{ path: 'a.mxf', size: 100, bytes, speed: bytes }],
})

test('nothing is known before the first snapshot', () => {
  const feed = takeProgress(takeJob(emptyFeed, job('a', 'running')), progress('a', 5))
  expect(feed.jobs).toBeNull()
})

test('progress moves a running job and gathers its speeds', () => {
  let feed = takeSnapshot(emptyFeed, [job('a', 'running')])
  feed = takeProgress(takeProgress(feed, progress('a', 5)), progress('a', 9))
  expect(feed.jobs?.get('a')).toEqual({ ...job('a', 'running'), bytes: 9, speed: 9 })
  expect(feed.speeds.get('a')).toEqual([5, 9])
  expect(feed.inFlight.get('a')).toEqual([{ path: 'a.mxf', size: 100, bytes: 9, speed: 9 }])
})

test('progress that comes after the end changes nothing', () => {
  let feed = takeSnapshot(emptyFeed, [job('a', 'running')])
  feed = takeJob(takeProgress(feed, progress('a', 5)), { ...job('a', 'completed'), bytes: 100 })
  expect(feed.inFlight.has('a')).toBe(false)
  expect(takeProgress(feed, progress('a', 50))).toBe(feed)
})

test('a later snapshot replaces what was known, and keeps the speeds of what still runs', () => {
  let feed = takeSnapshot(emptyFeed, [job('a', 'running'), job('b', 'running')])
  feed = takeProgress(takeProgress(feed, progress('a', 5)), progress('b', 6))
  feed = takeSnapshot(feed, [job('a', 'running')])
  expect([...(feed.jobs?.keys() ?? [])]).toEqual(['a'])
  expect(feed.speeds.get('a')).toEqual([5])
  expect(feed.speeds.has('b')).toBe(false)
})

test('of jobs that have ended only so many are kept; those that run stay', () => {
  let feed = takeSnapshot(emptyFeed, [job('first', 'running')])
  for (let n = 0; n < 1500; n++) feed = takeJob(feed, job(`done-${n}`, 'completed'))
  expect(feed.jobs?.size).toBe(1000)
  expect(feed.jobs?.has('first')).toBe(true)
  expect(feed.jobs?.has('done-0')).toBe(false)
  expect(feed.jobs?.has('done-1499')).toBe(true)
})

test('a beat says how it is, and what was told of jobs stays', () => {
  const answer: Health = {
    ...{ status: 'degraded', database: 'ok', queue: 'ok', disk: { free: 1 } },
    ...{ worker: { heartbeatAt: null }, rclone: { version: '1.75.2', path: '/usr/bin/rclone' } },
  }
  const told = takeBeat(takeSnapshot(emptyFeed, [job('a', 'running')]), answer)
  expect(told.health).toEqual({ rclone: '1.75.2', state: 'away' })
  expect(takeJob(told, job('a', 'completed')).health).toBe(told.health)
  // A later page of the server may have said otherwise since: the same again is news.
  expect(takeBeat(told, answer).health).not.toBe(told.health)
})
