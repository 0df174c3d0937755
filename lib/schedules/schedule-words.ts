import cronstrue from 'cronstrue'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { fieldsOf } from './cron.ts'

// Browser-safe.

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** When a schedule fires, as a sentence without its full stop: "At 02:30, Monday through Friday (Europe/Berlin)". */
export function sentenceOf(schedule: Pick<ScheduleSettings, 'cron' | 'everySeconds' | 'timeZone'>): string {
  if (schedule.everySeconds !== undefined) return `Every ${spanOf(schedule.everySeconds)}`
  const words = cronstrue.toString(fieldsOf(schedule.cron ?? ''), { use24HourTimeFormat: true })
  return `${words} (${schedule.timeZone})`
}

function spanOf(seconds: number): string {
  const parts: string[] = []
  let rest = seconds
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    rest %= size
    if (count > 0) parts.push(count === 1 ? unit : `${count} ${unit}s`)
  }
  if (parts.length === 1) return parts[0]!
  const whole = parts.map((part) => (/^\d/.test(part) ? part : `1 ${part}`))
  return `${whole.slice(0, -1).join(', ')} and ${whole.at(-1)}`
}
