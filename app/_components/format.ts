/**
 * How figures are written: IEC sizes, MiB/s, short durations. Pure, the same on the server and in the browser
 * (a fixed locale), so that the first paint and the hydrated page agree.
 */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const MIB = 1024 ** 2

/** What is written where a figure is not known. */
export const unknown = '—'

/** 12408 → "12,408". */
export function formatCount(count: number | bigint): string {
  return whole.format(count)
}

/** "1 file", "2,410 files". */
export function formatCountOf(count: number | bigint, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${Number(count) === 1 ? one : many}`
}

/** The power of 1024 in which a size is written, after rounding: 1,048,575 B is 1.0 MiB, not 1024.0 KiB. */
function powerOf(bytes: number): number {
  let power = 0
  while (power < units.length - 1 && Math.abs(bytes) / 1024 ** power >= (power === 0 ? 1024 : 1023.95))
    power++
  return power
}

function inPower(bytes: number, power: number): string {
  return power === 0 ? whole.format(bytes) : (bytes / 1024 ** power).toFixed(1)
}

/** 1610612736 → "1.5 GiB"; below 1 KiB whole bytes: "812 B". */
export function formatBytes(bytes: number | bigint): string {
  const size = Number(bytes)
  const power = powerOf(size)
  return `${inPower(size, power)} ${units[power]}`
}

/** The exact figure, for a title: "1,610,612,736 bytes". */
export function formatExactBytes(bytes: number | bigint): string {
  return formatCountOf(bytes, 'byte')
}

/** Done and total in the total's unit: "214.3 of 315.9 GiB". */
export function formatBytesOf(done: number | bigint, total: number | bigint): string {
  const power = powerOf(Number(total))
  return `${inPower(Number(done), power)} of ${inPower(Number(total), power)} ${units[power]}`
}

/** Bytes each second → "301 MiB/s", "9.4 MiB/s", "0.03 MiB/s": always MiB/s, so that rows compare at a glance. */
export function formatSpeed(bytesPerSecond: number): string {
  const mib = bytesPerSecond / MIB
  if (mib <= 0) return '0 MiB/s'
  if (mib < 0.01) return '<0.01 MiB/s'
  if (mib < 0.995) return `${mib.toFixed(2)} MiB/s`
  if (mib < 9.95) return `${mib.toFixed(1)} MiB/s`
  return `${whole.format(mib)} MiB/s`
}

const steps = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'min', seconds: 60 },
  { unit: 's', seconds: 1 },
] as const

/** Seconds → its two largest units: "0.4 s", "13 s", "4 min 12 s", "2 h 5 min", "3 d 4 h". */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 0.95) return `${Math.max(0.1, Math.round(seconds * 10) / 10)} s`
  const rounded = Math.max(0, Math.round(seconds))
  const at = steps.findIndex((step) => rounded >= step.seconds)
  const large = steps[at]
  if (!large) return '0 s'
  const small = steps[at + 1]
  const rest = small ? Math.floor((rounded % large.seconds) / small.seconds) : 0
  const first = `${Math.floor(rounded / large.seconds)} ${large.unit}`
  return small && rest > 0 ? `${first} ${rest} ${small.unit}` : first
}

/** Seconds left, in one unit and rounded up, since rclone's own figure is an estimate: "13 s", "5 min", "3 h". */
export function formatTimeLeft(seconds: number | null): string {
  if (seconds === null) return unknown
  if (seconds < 60) return `${Math.max(0, Math.ceil(seconds))} s`
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.ceil(seconds / 3_600)} h`
  return `${Math.ceil(seconds / 86_400)} d`
}

const relativeSteps = [
  { below: 60, seconds: 1, unit: 's' },
  { below: 3_600, seconds: 60, unit: 'min' },
  { below: 86_400, seconds: 3_600, unit: 'h' },
  { below: 30 * 86_400, seconds: 86_400, unit: 'd' },
] as const

/**
 * "4 min ago", "in 2 h"; from 30 days on the date itself, in UTC: "21 Sep 2026".
 * Clocks of browser and server differ a little: up to 5 s either way is "just now".
 */
export function formatRelative(time: number, now: number): string {
  const seconds = Math.floor(Math.abs(now - time) / 1000)
  if (seconds < 5) return 'just now'
  const step = relativeSteps.find((candidate) => seconds < candidate.below)
  if (!step) {
    return new Date(time).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone: 'UTC',
    })
  }
  const amount = `${Math.floor(seconds / step.seconds)} ${step.unit}`
  return time > now ? `in ${amount}` : `${amount} ago`
}

/** For a title: "Sat 21 Nov 2026, 11:29:04 GMT+1". Without a zone the reader's own is used (browser only). */
export function formatExactTime(time: number, timeZone?: string): string {
  const date = new Date(time)
  const day = date.toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  })
  const clock = date.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  })
  return `${day.replace(',', '')}, ${clock}`
}

/** A total of 0 is one that is not known (yet). */
export type Amounts = { bytes: number; totalBytes: number; files: number; totalFiles: number }

/**
 * How much is done, 0 to 1, or null while nothing is known. By bytes; by files where there are no bytes to move
 * (empty files, deletions).
 */
export function shareDone({ bytes, totalBytes, files, totalFiles }: Amounts): number | null {
  if (totalBytes > 0) return Math.min(1, Math.max(0, bytes / totalBytes))
  if (totalFiles > 0) return Math.min(1, Math.max(0, files / totalFiles))
  return null
}

/** 0.684 → "68 %". Rounded down: 100 % is written only when all is done. */
export function formatPercent(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`
}
