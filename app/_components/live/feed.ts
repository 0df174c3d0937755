import type { Health as Answer } from '#lib/agents/health.ts'
import type { InFlightFile, Job, Progress } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import { type Health, toHealth } from '../frame/health.ts'

/**
 * What the stream has said so far, as one value. Pure: events go in, the latest state comes out; a snapshot
 * replaces everything, since replay overlaps and may repeat what is already known.
 */

// Two minutes of speeds, one a second: what the sparkline shows.
const SPEEDS_KEPT = 120
const JOBS_KEPT = 1000

export type Feed = {
  /** Null until the first snapshot. */
  jobs: ReadonlyMap<string, Job> | null
  inFlight: ReadonlyMap<string, readonly InFlightFile[]>
  speeds: ReadonlyMap<string, readonly number[]>
  /** How often it was said that the ledger of events has changed. */
  ledger: number
  /** Of the last beat; a new object with each. */
  health: Health | null
}

export const emptyFeed: Feed = { jobs: null, inFlight: new Map(), speeds: new Map(), ledger: 0, health: null }

/** Files in flight and speeds are told only of jobs that run; of others the last figures would be a lie. */
function ofRunning<V>(map: ReadonlyMap<string, V>, jobs: ReadonlyMap<string, Job>): ReadonlyMap<string, V> {
  const gone = [...map.keys()].filter((id) => jobs.get(id)?.state !== 'running')
  if (gone.length === 0) return map
  const kept = new Map(map)
  for (const id of gone) kept.delete(id)
  return kept
}

function withJobs(feed: Feed, jobs: ReadonlyMap<string, Job>): Feed {
  return { ...feed, jobs, inFlight: ofRunning(feed.inFlight, jobs), speeds: ofRunning(feed.speeds, jobs) }
}

/** What was said of the ledger meanwhile is gone, so it counts as changed. */
export function takeSnapshot(feed: Feed, items: readonly Job[]): Feed {
  return takeLedger(withJobs(feed, new Map(items.map((job) => [job.id, job]))))
}

export function takeLedger(feed: Feed): Feed {
  return { ...feed, ledger: feed.ledger + 1 }
}

export function takeBeat(feed: Feed, answer: Answer): Feed {
  return { ...feed, health: toHealth(answer) }
}

/** A tab may stay open for weeks: of the jobs that have ended, the ones told of first are let go. */
function bounded(jobs: Map<string, Job>): Map<string, Job> {
  for (const [id, job] of jobs) {
    if (jobs.size <= JOBS_KEPT) break
    if (isTerminal(job.state)) jobs.delete(id)
  }
  return jobs
}

export function takeJob(feed: Feed, job: Job): Feed {
  if (!feed.jobs) return feed
  return withJobs(feed, bounded(new Map(feed.jobs).set(job.id, job)))
}

/** Progress of a job that is not known, or that has ended since, changes nothing. */
export function takeProgress(feed: Feed, progress: Progress): Feed {
  const job = feed.jobs?.get(progress.id)
  if (!feed.jobs || job?.state !== 'running') return feed
  const { inFlight, ...figures } = progress
  const speeds = [...(feed.speeds.get(job.id) ?? []), progress.speed].slice(-SPEEDS_KEPT)
  return {
    ...feed,
    jobs: new Map(feed.jobs).set(job.id, { ...job, ...figures }),
    inFlight: new Map(feed.inFlight).set(job.id, inFlight),
    speeds: new Map(feed.speeds).set(job.id, speeds),
  }
}
