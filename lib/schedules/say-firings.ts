import { z } from 'zod'
import { InvalidError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { whyNotTrigger } from '#lib/triggers/check-trigger.ts'
import { scheduleSchema } from '#lib/triggers/schema.ts'
import { nextFirings } from './next-firings.ts'
import { sentenceOf } from './schedule-words.ts'

/** A schedule said in words, and when it fires next (ISO 8601, at most ten). */
export type SchedulePreview = { words: string; timeZone: string; next: string[] }

/** Saved schedules with an interval count from when they were made; those of a form from now. */
const previewSchema = scheduleSchema.extend({ since: z.iso.datetime({ offset: true }).optional() })

const SHOWN = 10

/** Reads no database: what a form types is answered at once. Throws InvalidError at the field that is wrong. */
export function sayFirings(input: unknown): SchedulePreview {
  const { since, ...schedule } = parseInput(previewSchema, input)
  const issues = whyNotTrigger(schedule, undefined)
  if (issues.length > 0) throw new InvalidError(issues.map(({ message }) => message).join(' '), issues)
  const now = new Date()
  const next = nextFirings(schedule, { after: now, since: since ? new Date(since) : now, count: SHOWN })
  return {
    words: sentenceOf(schedule),
    timeZone: schedule.timeZone,
    next: next.map((at) => at.toISOString()),
  }
}
