import { type CronExpression, CronExpressionParser } from 'cron-parser'
import { IANAZone } from 'luxon'
import { messageOf } from '#lib/errors.ts'

// Browser-safe: the form shows the same firings that the queue is given.

/** Words for what is asked for most, in five fields. */
const WORDS: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekdays': '0 0 * * 1-5',
  '@weekends': '0 0 * * 0,6',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** The five fields of a cron expression, which may be a word. */
export function fieldsOf(cron: string): string {
  const text = cron.trim().replace(/\s+/g, ' ')
  return WORDS[text.toLowerCase()] ?? text
}

/** What is wrong with a cron expression, or null. Seconds are not taken: five fields, as everywhere else. */
export function whyNotCron(cron: string): string | null {
  const fields = fieldsOf(cron)
  if (fields.startsWith('@')) return `There is no word ${fields}. There are ${Object.keys(WORDS).join(', ')}.`
  const count = fields === '' ? 0 : fields.split(' ').length
  if (count !== 5) return `Five fields are expected (minute hour day month weekday), and there are ${count}.`
  // cron-parser draws lots for it, anew at each start.
  if (/(^|[\s,/-])H/i.test(fields)) return 'It cannot be read: H stands for any time, so it stands for none.'
  try {
    read(fields)
    return null
  } catch (error) {
    const why = messageOf(error)
    return /explicit day of month/.test(why)
      ? 'None of these months has such a day, so this time never comes.'
      : `It cannot be read: ${why.replace(/\.$/, '')}.`
  }
}

type Cron = { expression: CronExpression; isEveryHour: boolean }

const known = new Map<string, Cron>()

/** Ten thousand schedules have few expressions between them, and reading one takes a third of a millisecond. */
function read(fields: string): Cron {
  const before = known.get(fields)
  if (before) return before
  // By a clock without daylight saving: see nextOfCron.
  const expression = CronExpressionParser.parse(fields, { tz: 'UTC' })
  const cron = { expression, isEveryHour: expression.fields.hour.values.length === 24 }
  if (known.size >= 1000) known.clear()
  known.set(fields, cron)
  return cron
}

/** Whether the clock on the wall, given as if it were UTC's, shows a time that is meant. */
export function isMeant(cron: string, wall: number): boolean {
  return read(fieldsOf(cron)).expression.includesDate(new Date(wall))
}

export function isEveryHour(cron: string): boolean {
  return read(fieldsOf(cron)).isEveryHour
}

/** How far a zone's clock is ahead of UTC, in milliseconds. */
export function offsetOf(timeZone: string, at: number): number {
  return IANAZone.create(timeZone).offset(at) * 60_000
}

/** Farther than any zone's clock was ever set, and than any is from UTC. */
const AROUND = 2 * 86_400_000

const answers = new Map<string, number | null>()

/**
 * The first time after `after` that a cron expression is due in a zone; null when it never is again. Milliseconds.
 *
 * cron-parser knows the clock on the wall, without daylight saving; what is due when that clock is set is said here.
 * (Its own answers in a zone, 5.10, depend on where one begins to ask: of 2:00, 2:15, 2:30, 2:45 on the day that has
 * none, whoever asks for one after the other is told the first only.) A time that is skipped comes as much later as the
 * clock was set forward; one that is there twice comes the first time, or both times where every hour is meant.
 */
export function nextOfCron(cron: string, timeZone: string, after: number): number | null {
  const key = `${cron}\n${timeZone}\n${after}`
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = find(read(fieldsOf(cron)), timeZone, after)
    if (answers.size >= 5000) answers.clear()
    answers.set(key, answer)
  }
  return answer
}

function find({ expression, isEveryHour }: Cron, timeZone: string, after: number): number | null {
  const offset = (at: number) => offsetOf(timeZone, at)
  const setAround = (at: number) => Math.abs(offset(at - AROUND) - offset(at + AROUND))
  // Those that the clock skipped before may be due after.
  let wall = after + offset(after) - setAround(after)
  let best: number | null = null
  let until = Number.POSITIVE_INFINITY
  for (;;) {
    const next = nextWall(expression, wall)
    if (next === null || next > until) return best
    wall = next
    for (const at of instantsOf(wall, offset, isEveryHour)) {
      if (at > after && (best === null || at < best)) best = at
    }
    // One that is shown later may be due before one that was skipped.
    if (best !== null && until === Number.POSITIVE_INFINITY) until = wall + setAround(wall)
    if (wall >= until) return best
  }
}

function nextWall(expression: CronExpression, wall: number): number | null {
  try {
    expression.reset(new Date(wall))
    return expression.next().getTime()
  } catch {
    return null
  }
}

/** When the clock shows a time, or would have. */
function instantsOf(wall: number, offset: (at: number) => number, isEveryHour: boolean): number[] {
  const before = offset(wall - AROUND)
  const after = offset(wall + AROUND)
  const shown = [...new Set([before, after])]
    .map((ahead) => ({ at: wall - ahead, ahead }))
    .filter(({ at, ahead }) => offset(at) === ahead)
    .map(({ at }) => at)
  if (shown.length === 0) return [wall - before]
  return isEveryHour ? shown : [Math.min(...shown)]
}
