import { DateTime } from 'luxon'

/** The instant at which the clock of a zone shows what a field for date and time holds: 2026-11-21T12:00. */
export function instantAt(wall: string, timeZone: string): string {
  return DateTime.fromISO(wall, { zone: timeZone }).toJSDate().toISOString()
}
