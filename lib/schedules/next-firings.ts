import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { endOfBlackout } from './blackout.ts'
import { nextOfCron } from './cron.ts'

// Browser-safe: the form shows the same firings that the queue is given.

export type Times = Pick<ScheduleSettings, 'cron' | 'everySeconds' | 'timeZone' | 'pausedUntil'>

/** When a schedule is due after an instant; null when it never is again. An interval counts from `since`. */
export function nextDue(schedule: Times, { after, since }: { after: Date; since: Date }): Date | null {
  const paused = schedule.pausedUntil ? new Date(schedule.pausedUntil) : null
  // The firing at the pause's very end counts.
  const from = Math.max(after.getTime(), paused ? paused.getTime() - 1 : 0)
  if (schedule.everySeconds !== undefined) {
    const step = schedule.everySeconds * 1000
    const steps = Math.max(1, Math.floor((from - since.getTime()) / step) + 1)
    return new Date(since.getTime() + steps * step)
  }
  if (schedule.cron === undefined) return null
  const next = nextOfCron(schedule.cron, schedule.timeZone, from)
  return next === null ? null : new Date(next)
}

/** Looked at for ten that fire; a blackout is passed in one step. A schedule that none of them leaves never fires. */
const LOOKED_AT = 3000

/** The next times at which it fires: those that fall into a blackout are due as well, and skipped. */
export function nextFirings(
  schedule: Times & Pick<ScheduleSettings, 'blackout'>,
  { after, since, count = 10 }: { after: Date; since: Date; count?: number },
): Date[] {
  const times: Date[] = []
  let from = after
  for (let looked = 0; times.length < count && looked < LOOKED_AT; looked += 1) {
    const next = nextDue(schedule, { after: from, since })
    if (!next) break
    const quietUntil = endOfBlackout(schedule, next)
    if (quietUntil === null) times.push(next)
    // What is due at the very end of a blackout fires.
    from = new Date(Math.max(next.getTime(), (quietUntil?.getTime() ?? 0) - 1))
  }
  return times
}

/** What a schedule was due at in a time that is over. */
export type Dues = {
  /** In order; of more than `most` the last. */
  times: Date[]
  /** Whether there were more before these. */
  more: boolean
}

/** When a schedule was due after `from` and until `until`; costs as much as `most` of them, however long that is. */
export function duesBetween(
  schedule: Times,
  { from, until, since, most }: { from: Date; until: Date; since: Date; most: number },
): Dues {
  const span = until.getTime() - from.getTime()
  // From the end, in windows that grow: what is due each minute is not counted for a year.
  for (let window = most * 1000; ; window *= 2) {
    const isWhole = window >= span
    const times: Date[] = []
    const begin = isWhole ? from : new Date(until.getTime() - window)
    for (let next = nextDue(schedule, { after: begin, since }); next && next <= until; ) {
      times.push(next)
      next = nextDue(schedule, { after: next, since })
    }
    if (isWhole || times.length >= most) {
      const kept = times.slice(-most)
      const more = kept.length < times.length || (!isWhole && hasDue(schedule, from, begin, since))
      return { times: kept, more }
    }
  }
}

function hasDue(schedule: Times, from: Date, until: Date, since: Date): boolean {
  const next = nextDue(schedule, { after: from, since })
  return next !== null && next <= until
}
