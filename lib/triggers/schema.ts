import { IANAZone } from 'luxon'
import { z } from 'zod'

// Browser-safe: what a trigger is set to.

export const missedPolicies = ['skip', 'once', 'all'] as const
export const overlapPolicies = ['skip', 'queue', 'replace'] as const

/** Whether there is such a zone, under any of its names: lists of zones hold Asia/Calcutta and leave out Asia/Kolkata. */
export function isTimeZone(zone: string): boolean {
  return /^[A-Za-z]/.test(zone) && IANAZone.isValidZone(zone)
}

const timeZone = z.string().max(64).refine(isTimeZone, { error: 'A time zone such as Europe/Berlin.' })

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'A time of day such as 22:30.' })

export const scheduleSchema = z.strictObject({
  type: z.literal('schedule'),
  cron: z.string().trim().max(200).optional().meta({
    description: 'Five fields (minute hour day month weekday), or @hourly, @daily, @weekly, @monthly.',
  }),
  everySeconds: z
    .number()
    .int()
    .min(10)
    .max(366 * 86_400)
    .optional()
    .meta({ description: 'In place of cron: an interval, counted from when the trigger was made.' }),
  timeZone: timeZone.default('UTC'),
  missed: z
    .enum(missedPolicies)
    .default('once')
    .meta({ description: 'What is done about firings that nobody could make: none, one, or each.' }),
  overlap: z
    .enum(overlapPolicies)
    .default('skip')
    .meta({ description: 'When the job of the firing before still runs: none, wait for it, or cancel it.' }),
  jitterSeconds: z.number().int().min(0).max(86_400).default(0),
  blackout: z
    .array(
      z.strictObject({ from: clock, to: clock, days: z.array(z.number().int().min(0).max(6)).optional() }),
    )
    .max(20)
    .default([])
    .meta({
      description:
        'Times of day in which nothing is fired; days from 0, Sunday. What is due in one is skipped; what would start in one (jitter, made up for, waiting for the run before) starts at its end.',
    }),
  pausedUntil: z.iso.datetime({ offset: true }).nullable().default(null),
  pingUrl: z
    .url({ protocol: /^https?$/, error: 'An address that begins with https:// or http://.' })
    .max(2000)
    .optional()
    .meta({ description: 'Called after each firing. Viewers read its host alone: it often holds a secret.' }),
})

export const watchSchema = z.strictObject({
  type: z.literal('watch'),
  recursive: z.boolean().default(true),
  readyAfterSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(5)
    .meta({ description: 'A file counts when it did not change for so long, over two looks.' }),
  marker: z
    .string()
    .trim()
    .max(100)
    .optional()
    .meta({ description: 'A file counts when another of this name lies beside it: {filename}.done.' }),
  existing: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether files that lie there when the watch is made count as well.' }),
  kinds: z
    .array(z.enum(['created', 'changed', 'removed']))
    .min(1)
    .default(['created', 'changed']),
  ignore: z
    .array(z.string().trim().min(1).max(200))
    .max(50)
    .optional()
    .meta({ description: 'Names that never count; by default those that programs write to at first.' }),
  polling: z.boolean().optional().meta({
    description: 'Look every few seconds: network shares tell of nothing. Found out when left out.',
  }),
})

export const s3TriggerSchema = z.strictObject({
  type: z.literal('s3'),
  queueUrl: z.url({ protocol: /^https?$/, error: 'The URL of the SQS queue.' }).max(500),
  region: z.string().trim().min(1).max(60),
  endpointUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  kinds: z
    .array(z.enum(['created', 'removed', 'restored']))
    .min(1)
    .default(['created']),
  listEveryMinutes: z.number().int().min(0).max(10_080).default(60).meta({
    description:
      'How often the bucket is listed for objects whose event never came; 0: never. What is found so is taken like an event.',
  }),
  settings: z
    .record(z.string().max(60), z.union([z.string().max(4096), z.strictObject({ set: z.boolean() })]))
    .default({})
    .meta({
      description:
        'accessKeyId, secretAccessKey and sessionToken; without them the agent’s own role is used.',
    }),
})

export const triggerSchema = z.discriminatedUnion('type', [scheduleSchema, watchSchema, s3TriggerSchema], {
  error: 'One of schedule, watch, s3. Webhooks and chains (webhook, after) are not there yet.',
})
export type TriggerSettings = z.infer<typeof triggerSchema>
export type ScheduleSettings = z.infer<typeof scheduleSchema>
export type WatchSettings = z.infer<typeof watchSchema>
export type S3TriggerSettings = z.infer<typeof s3TriggerSchema>
