import { z } from 'zod'
import { searchSchema, withins } from '#lib/jobs/schema.ts'
import { eventKinds, eventStates } from './states.ts'

// Browser-safe: the shapes that requests are checked by and answers documented by.

const earlierFateSchema = z.object({
  state: z.enum(eventStates),
  reason: z.string().nullable(),
  destinationPath: z.string().nullable(),
  jobId: z.uuid().nullable(),
  settledAt: z.iso.datetime(),
  replayedAt: z.iso.datetime(),
  replayedBy: z.string(),
})
export type EarlierFate = z.infer<typeof earlierFateSchema>

export const eventSchema = z.object({
  id: z.uuid(),
  templateId: z.uuid(),
  triggerId: z.uuid(),
  source: z.enum(['watch', 's3']),
  kind: z.enum(eventKinds),
  path: z.string().meta({ description: 'Relative to the source path of the template.' }),
  size: z.number().nullable(),
  state: z.enum(eventStates),
  reason: z.string().nullable().meta({ description: 'Why it was ignored, failed or is dead.' }),
  destinationPath: z.string().nullable(),
  jobId: z.uuid().nullable(),
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
  detail: z.record(z.string(), z.string()),
  earlier: z
    .array(earlierFateSchema)
    .meta({ description: 'The fates that it had before it was replayed, the newest last.' }),
})
export type LedgerEvent = z.infer<typeof eventSchema>

const states = z
  .string()
  .max(100)
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(eventStates, { error: `An event’s state: ${eventStates.join(', ')}.` })))

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'A day such as 2026-11-21, or a time such as 2026-11-21T12:00:00Z.',
})

export const eventFiltersSchema = z.strictObject({
  state: states.optional().meta({ description: `One or several: ${eventStates.join(', ')}.` }),
  templateId: z.uuid().optional(),
  jobId: z.uuid().optional(),
  since: time.optional().meta({ description: 'Received on this day (UTC) or at this time, or later.' }),
  until: time.optional().meta({ description: 'Received on this day (UTC) or earlier, or before this time.' }),
  q: searchSchema.optional().meta({
    description:
      'A part of the path. A page goes back a bounded way: it may hold few, and nextCursor goes on from there.',
  }),
})
export type EventFilters = z.infer<typeof eventFiltersSchema>

export const listEventsSchema = eventFiltersSchema.extend({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const summarySchema = z.object({
  received: z.number().meta({ description: 'The sum of the others but unaccounted.' }),
  ignored: z.number(),
  transferred: z.number(),
  failed: z.number(),
  dead: z.number(),
  pending: z.number(),
  more: z.literal(true).optional().meta({
    description: 'With `within`: there may be more; these are the fates of the newest 20,000.',
  }),
  unaccounted: z.number().meta({
    description: 'Events whose fate does not follow from their jobs, or of which a part is missing. Reads 0.',
  }),
})
export type EventSummary = z.infer<typeof summarySchema>

export const summaryQuerySchema = z.strictObject({
  templateId: z.uuid().optional(),
  within: z.enum(withins).optional().meta({ description: 'Received in the last hours or days.' }),
})

/** Of one request. */
export const MOST_REPLAYED = 10_000

export const replaySchema = z.strictObject({
  ids: z.array(z.uuid()).min(1).max(MOST_REPLAYED),
  dryRun: z.boolean().default(false).meta({ description: 'Says what would run, and changes nothing.' }),
})

export const replayAnswerSchema = z.object({
  replayed: z.array(z.uuid()),
  refused: z.array(z.object({ id: z.uuid(), reason: z.string() })),
  jobs: z.number().meta({ description: 'How many jobs these make.' }),
})
export type ReplayAnswer = z.infer<typeof replayAnswerSchema>
