/** A month in UTC, as `2025-03`: how partitions are named and retention counts. Sorts as it reads. */
export type Month = string

/** The month in which a UUIDv7 was made; its first 48 bits are milliseconds. */
export function monthOf(id: string): Month {
  return new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toISOString().slice(0, -17)
}

export function nextMonth(month: Month): Month {
  return monthAt(firstDay(month), 1)
}

/** The month of an instant, moved by some months. */
export function monthAt(instant: Date, by = 0): Month {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + by)).toISOString().slice(0, 7)
}

/** The lowest ids of a month and of the next: its jobs lie from the one to below the other. */
export function idsOf(month: Month): { from: string; to: string } {
  return { from: lowestId(firstDay(month)), to: lowestId(firstDay(nextMonth(month))) }
}

function firstDay(month: Month): Date {
  return new Date(`${month}-01T00:00:00.000Z`)
}

function lowestId(instant: Date): string {
  const hex = instant.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
