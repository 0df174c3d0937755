import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { afterBlackouts, isBlackedOut } from './blackout.ts'
import { duesBetween, nextDue } from './next-firings.ts'

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

/** With `notBefore` nothing is decided yet: `next` is the same firing, to be delivered again then. */
export type Decision = { fates: Fate[]; next: Date | null; notBefore?: Date }

/**
 * What is to become of a firing that is being delivered, and of those that were due meanwhile; `next` is the first that is
 * not among them. Whatever would make a job in a blackout is put off to its end.
 */
export function decide(settings: ScheduleSettings, on: { dueAt: Date; now: Date; since: Date }): Decision {
  const decision = decideNow(settings, on)
  if (!isBlackedOut(settings, on.now) || !decision.fates.some(({ state }) => state === 'fire'))
    return decision
  return { fates: [], next: on.dueAt, notBefore: afterBlackouts(settings, on.now) }
}

function decideNow(
  settings: ScheduleSettings,
  { dueAt, now, since }: { dueAt: Date; now: Date; since: Date },
): Decision {
  if (now < lateFrom(settings, dueAt)) {
    const fate = isBlackedOut(settings, dueAt)
      ? { ...skipped(dueAt, 'It fell into a blackout of the schedule.'), isTold: true }
      : fires(dueAt)
    return { fates: [fate], next: nextDue(settings, { after: dueAt, since }) }
  }
  const late = new Date(now.getTime() - LATE_MS - settings.jitterSeconds * 1000)
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

/** From when on a firing counts as missed. A blackout puts its start off, not one that it was due in itself. */
function lateFrom(settings: ScheduleSettings, dueAt: Date): Date {
  const latest = new Date(dueAt.getTime() + settings.jitterSeconds * 1000 + LATE_MS)
  if (isBlackedOut(settings, dueAt) || !isBlackedOut(settings, latest)) return latest
  return new Date(afterBlackouts(settings, latest).getTime() + LATE_MS)
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
