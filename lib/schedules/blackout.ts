import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { offsetOf } from './cron.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/**
 * When the blackout that holds this time ends, or null where none holds it. Of several that overlap, the one that ends
 * last; what the clock's being put forward or back makes of it, the earlier of the two ends.
 */
export function endOfBlackout(
  schedule: Pick<ScheduleSettings, 'blackout' | 'timeZone'>,
  at: Date,
): Date | null {
  if (schedule.blackout.length === 0) return null
  const offset = offsetOf(schedule.timeZone, at.getTime())
  const ends = windowsAt(schedule, at.getTime() + offset).map(({ end }) => end)
  if (ends.length === 0) return null
  const end = Math.max(...ends)
  return new Date(Math.min(end - offset, end - offsetOf(schedule.timeZone, end - offset)))
}

/** More ends of blackouts than one after another can have before the clock shows each time of the week. */
const MOST_ENDS = 400

/**
 * The first time from `at` on that no blackout holds: one may begin where another ends. Where they leave no time at all,
 * one that is weeks away.
 */
export function afterBlackouts(schedule: Pick<ScheduleSettings, 'blackout' | 'timeZone'>, at: Date): Date {
  let free = at
  for (let ends = 0; ends < MOST_ENDS; ends += 1) {
    const end = endOfBlackout(schedule, free)
    if (end === null) break
    // Where the clock is put back an end may be shown twice.
    free = end > free ? end : new Date(free.getTime() + MINUTE)
  }
  return free
}

/**
 * Whether a time falls into a blackout, by the clock on the wall of the schedule's zone. One that goes over midnight
 * belongs to the day on which it begins; one that ends when it begins lasts a day.
 */
export function isBlackedOut(schedule: Pick<ScheduleSettings, 'blackout' | 'timeZone'>, at: Date): boolean {
  if (schedule.blackout.length === 0) return false
  return windowsAt(schedule, at.getTime() + offsetOf(schedule.timeZone, at.getTime())).length > 0
}

/** The blackouts that hold a time on the wall, begun today or the day before. */
function windowsAt({ blackout }: Pick<ScheduleSettings, 'blackout'>, wall: number): { end: number }[] {
  const midnight = Math.floor(wall / DAY) * DAY
  return blackout.flatMap(({ from, to, days }) => {
    const begin = minutesOf(from)
    const length = (minutesOf(to) - begin + 1440) % 1440 || 1440
    return [midnight, midnight - DAY].flatMap((day) => {
      if (days && !days.includes(new Date(day).getUTCDay())) return []
      const start = day + begin * MINUTE
      const end = start + length * MINUTE
      return wall >= start && wall < end ? [{ end }] : []
    })
  })
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}
