import { formatDuration, formatExactTime } from '#app/_components/format.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { missedWords, overlapWords } from './policies.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

type Details = Pick<
  ScheduleSettings,
  'missed' | 'overlap' | 'jitterSeconds' | 'blackout' | 'pausedUntil' | 'pingUrl' | 'timeZone'
>

/** What a schedule does beside firing, a sentence each: of what is not set, none. */
export function scheduleDetails(schedule: Details, now = Date.now()): string[] {
  const { missed, overlap, jitterSeconds, blackout, pausedUntil, pingUrl, timeZone } = schedule
  const paused = pausedUntil === null ? 0 : Date.parse(pausedUntil)
  // Of the address only whom it calls: what follows is often a key.
  const called = pingUrl === undefined ? null : URL.parse(pingUrl)?.host
  return [
    ...(paused > now ? [`Paused until ${formatExactTime(paused, timeZone)}.`] : []),
    ...blackout.map(
      ({ from, to, days: on }) => `Quiet from ${from} to ${to}${on ? ` on ${listed(on)}` : ''}.`,
    ),
    ...(jitterSeconds > 0 ? [`Each firing comes up to ${formatDuration(jitterSeconds)} later.`] : []),
    missedWords[missed],
    overlapWords[overlap],
    ...(called ? [`After each firing ${called} is called.`] : []),
  ]
}

/** A week begins on Monday. */
function listed(chosen: readonly number[]): string {
  return chosen
    .toSorted((a, b) => ((a + 6) % 7) - ((b + 6) % 7))
    .map((day) => days[day])
    .join(', ')
}
