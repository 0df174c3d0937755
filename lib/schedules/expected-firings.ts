import { isEveryHour, isMeant, offsetOf } from './cron.ts'
import type { Times } from './next-firings.ts'

/** Farther back than the clock was ever set in one go, short of changing the date. */
const SET_WITHIN = 3 * 3_600_000

/**
 * Whether a cron schedule is due at a minute: by that minute alone, what the clock on the wall shows then. It knows
 * nothing of a next one, so it does not share the mistakes of what plans.
 */
export function isDueAt({ cron = '', timeZone }: Times, at: number): boolean {
  const now = offsetOf(timeZone, at)
  const before = offsetOf(timeZone, at - SET_WITHIN)
  const set = now - before
  // In the first so many minutes after the clock was set by so many.
  const isJustSet = set !== 0 && offsetOf(timeZone, at - Math.abs(set)) === before
  if (isJustSet && set > 0 && isMeant(cron, at + before)) return true
  if (isJustSet && set < 0 && !isEveryHour(cron)) return false
  return isMeant(cron, at + now)
}

const MINUTE = 60_000
/** What was due longer ago is left to the one who plans: a minute each is walked. */
const LOOK_BACK_MS = 7 * 86_400_000
const MOST = 1000

/** Answers of one round: ten thousand schedules have few expressions between them. */
export type Walked = Map<string, number[]>

/**
 * When a schedule should have fired, after `from` and until `until`; the last thousand. Computed from its settings
 * alone and another way than `nextDue` does, from minute to minute.
 */
export function expectedFirings(
  schedule: Times,
  { from, until, since, walked }: { from: Date; until: Date; since: Date; walked: Walked },
): Date[] {
  const paused = schedule.pausedUntil ? new Date(schedule.pausedUntil).getTime() : 0
  const begin = Math.max(from.getTime() + 1, paused, until.getTime() - LOOK_BACK_MS)
  const times =
    schedule.everySeconds === undefined
      ? minutesDue(schedule, begin, until.getTime(), walked)
      : stepsDue(since.getTime(), schedule.everySeconds * 1000, begin, until.getTime())
  return times.slice(-MOST).map((at) => new Date(at))
}

function minutesDue(schedule: Times, begin: number, until: number, walked: Walked): number[] {
  const first = Math.ceil(begin / MINUTE) * MINUTE
  const key = [schedule.cron, schedule.timeZone, first, Math.floor(until / MINUTE)].join(' ')
  let times = walked.get(key)
  if (!times) {
    times = []
    for (let at = first; at <= until; at += MINUTE) if (isDueAt(schedule, at)) times.push(at)
    walked.set(key, times)
  }
  return times
}

function stepsDue(since: number, step: number, begin: number, until: number): number[] {
  const last = Math.floor((until - since) / step)
  const first = Math.max(1, Math.ceil((begin - since) / step), last - MOST + 1)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => since + (first + n) * step)
}
