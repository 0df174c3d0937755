import { isBlackedOut } from './blackout.ts'
import { duesBetween, nextDue } from './next-firings.ts'
import type { ScheduleSettings } from './schema.ts'

/**
 * A firing later than this was missed: nobody was there to make it. Shorter, and a restart or a busy minute would count
 * as one; the watchdog waits as long.
 */
export const LATE_MS = 60_000
/** Missed firings of one schedule that get a row each, or a job each. Those before them share one row. */
export const MOST_MISSED = 1000

export type Fate = {
  dueAt: Date
  state: 'fire' | 'skipped' | 'failed' | 'missed'
  reason: string | null
  /** Made up for: it waits for the runs before it, whatever is said of overlaps. */
  inTurn: boolean
  /** Told to whoever is pinged; not so those that were skipped in a heap. */
  isTold: boolean
}

/**
 * What is to become of a firing that is being delivered, and of those that were due meanwhile; `next` is the first that is
 * not among them.
 */
export function decide(
  settings: ScheduleSettings,
  { dueAt, now, since }: { dueAt: Date; now: Date; since: Date },
): { fates: Fate[]; next: Date | null } {
  const late = new Date(now.getTime() - LATE_MS - settings.jitterSeconds * 1000)
  if (dueAt > late) {
    const fate = isBlackedOut(settings, dueAt)
      ? { ...skipped(dueAt, 'It fell into a blackout of the schedule.'), isTold: true }
      : fires(dueAt)
    return { fates: [fate], next: nextDue(settings, { after: dueAt, since }) }
  }
  const from = new Date(dueAt.getTime() - 1)
  const { times, more } = duesBetween(settings, { from, until: late, since, most: MOST_MISSED })
  const fates = missedFates(settings, times, now)
  if (more) {
    const until = times[0]!.toISOString()
    const reason = `Nobody was there to fire it, and those after it before ${until}: too many for a row each.`
    fates.unshift({ ...skipped(dueAt, reason), state: settings.missed === 'all' ? 'missed' : 'skipped' })
  }
  return { fates, next: nextDue(settings, { after: times.at(-1) ?? dueAt, since }) }
}

function missedFates(settings: ScheduleSettings, times: Date[], now: Date): Fate[] {
  const late = `Nobody was there to fire it before ${now.toISOString()}`
  const isWanted = (time: Date) => !isBlackedOut(settings, time)
  const last = times.findLast(isWanted)
  const fateOf = (time: Date): Fate => {
    if (!isWanted(time)) return skipped(time, 'It fell into a blackout of the schedule.')
    switch (settings.missed) {
      case 'skip':
        return skipped(time, `${late}, and the schedule skips what was missed.`)
      case 'once':
        return time === last
          ? { ...fires(time), reason: `${late}.` }
          : skipped(time, `${late}; the one of ${last?.toISOString()} stands for it.`)
      case 'all':
        return { ...fires(time), reason: `${late}.`, inTurn: true }
    }
  }
  return times.map(fateOf)
}

function fires(dueAt: Date): Fate {
  return { dueAt, state: 'fire', reason: null, inTurn: false, isTold: true }
}

function skipped(dueAt: Date, reason: string): Fate {
  return { dueAt, state: 'skipped', reason, inTurn: false, isTold: false }
}
