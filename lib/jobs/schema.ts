import { z } from 'zod'
import { causes } from './causes.ts'
import { jobStates, operations, transferStates, waits } from './states.ts'

// Browser-safe: the shapes that requests are checked by, answers are documented by and pages are typed by.

/** "10M", "512K", "1.5G", "off": bytes a second in rclone's units (1024), as rclone's --bwlimit takes one rate. */
export const bandwidthSchema = z
  .string()
  .regex(/^([oO][fF]{2}|\d{1,12}(\.\d{1,3})?[BKMGTPbkmgtp]?)$/, {
    error: 'A rate such as "10M" (MiB a second), "512K", or "off".',
  })
  .meta({ description: 'Most bytes a second: 10M is 10 MiB, off is no limit.', examples: ['10M'] })

/** Bytes a second, or null for no limit. */
export function bandwidthBytes(rate: string | undefined): number | null {
  const match = /^([\d.]+)([BKMGTP]?)$/i.exec(rate ?? 'off')
  if (!match) return null
  const power = ' KMGTP'.indexOf((match[2] || 'K').toUpperCase())
  const bytes = Math.round(Number(match[1]) * 1024 ** Math.max(power, 0))
  return bytes > 0 ? bytes : null
}

export const jobOptionsSchema = z.strictObject({
  bandwidth: bandwidthSchema.optional(),
  transfers: z.number().int().min(1).max(64).optional().meta({ description: 'Files moved at a time.' }),
  priority: z
    .number()
    .int()
    .min(-100)
    .max(100)
    .optional()
    .meta({ description: 'Higher starts first; 0 when not given.' }),
})
export type JobOptions = z.infer<typeof jobOptionsSchema>

/**
 * A path below an endpoint's root, as a person or a client types it; '' is the root. What cannot be meant is
 * refused here; `paths.ts` on the agent checks the real one.
 */
export const relativePathSchema = z
  .string()
  .max(4096, { error: 'A path holds at most 4,096 characters.' })
  .refine((path) => !path.includes('\0'), { error: 'A path cannot hold the character NUL.' })
  .refine((path) => path.isWellFormed(), { error: 'The path is not valid Unicode, so it cannot be carried.' })
  .refine((path) => !path.startsWith('/'), {
    error: 'A path is relative to the root of its endpoint: leave out the "/" at the beginning.',
  })
  .refine((path) => !path.startsWith(':'), {
    error:
      'A path that begins with ":" reads as another storage. For a file with such a name write "./:name".',
  })
  .refine((path) => !path.split('/').includes('..'), {
    error: 'A path cannot climb with "..": it stays inside its endpoint.',
  })
  .refine((path) => path.split('/').every((name) => new TextEncoder().encode(name).length <= 255), {
    error: 'One name in the path is longer than 255 bytes, which no file system carries.',
  })
  .transform((path) =>
    path
      .split('/')
      .filter((name) => name !== '' && name !== '.')
      .join('/'),
  )

export const sideSchema = z.strictObject({
  endpointId: z.uuid({ error: 'The id of an endpoint.' }),
  path: relativePathSchema
    .default('')
    .meta({ description: 'Below the root of the endpoint; empty is all of it. A source may be a file.' }),
})

/** What started a run of a template. */
export const jobTriggers = ['manual', 'schedule', 'watch', 's3'] as const
export type JobTrigger = (typeof jobTriggers)[number]

/** Which files of its source a run of a template means. */
export type JobPlan =
  /** Those that match, each where the destination's variables place it: the agent lists them, then knows. */
  | {
      kind: 'mapped'
      pattern: string
      destination: string
      runAt: string
      timeZone: string
      template: string
    }
  /** Those of its events, each with a place of its own (lib/db/schema/events.ts). */
  | { kind: 'listed' }

/** A file of a listed job: relative to the source path, and to the destination's root. */
export type FilePair = { source: string; destination: string; size: number | null }

export const createJobSchema = z.strictObject({
  operation: z.enum(operations, { error: 'One of copy, move, sync.' }),
  source: sideSchema,
  destination: sideSchema,
  options: jobOptionsSchema.default({}),
})
export type CreateJobInput = z.input<typeof createJobSchema>

export const patchJobSchema = z.strictObject({
  bandwidth: bandwidthSchema.optional(),
  priority: jobOptionsSchema.shape.priority,
})

const causeSchema = z.enum(Object.keys(causes) as [keyof typeof causes])

export const jobErrorSchema = z.object({ cause: causeSchema, message: z.string() })

const time = z.iso.datetime()

export const jobSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  waitingFor: z.enum(waits).nullable().meta({ description: 'What a `pending` job waits for.' }),
  operation: z.enum(operations),
  source: z.object({ endpointId: z.uuid(), path: z.string() }),
  destination: z.object({ endpointId: z.uuid(), path: z.string() }),
  options: jobOptionsSchema,
  template: z
    .object({ id: z.uuid(), name: z.string() })
    .nullable()
    .meta({ description: 'What it is a run of; null for a transfer by hand.' }),
  trigger: z.enum(jobTriggers).nullable().meta({ description: 'What started that run.' }),
  bytes: z.number().meta({ description: 'Moved so far.' }),
  totalBytes: z.number().meta({ description: 'To be moved; it grows while the source is still read.' }),
  files: z.number().meta({ description: 'Arrived so far.' }),
  totalFiles: z.number(),
  speed: z.number().meta({ description: 'Bytes a second; 0 unless running.' }),
  etaSeconds: z.number().nullable(),
  error: jobErrorSchema.nullable(),
  attempt: z.number().meta({ description: 'Which try it is at, from 1.' }),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
})
/** A job as clients see it. */
export type Job = z.infer<typeof jobSchema>

export const inFlightFileSchema = z.object({
  path: z.string(),
  size: z.number(),
  bytes: z.number(),
  speed: z.number(),
})
export type InFlightFile = z.infer<typeof inFlightFileSchema>

export const progressSchema = z.object({
  id: z.uuid(),
  bytes: z.number(),
  totalBytes: z.number(),
  files: z.number(),
  totalFiles: z.number(),
  speed: z.number(),
  etaSeconds: z.number().nullable(),
  inFlight: z.array(inFlightFileSchema),
})
/** The latest figures of a running job, as the stream sends them. */
export type Progress = z.infer<typeof progressSchema>

export const transferActions = ['copied', 'replaced', 'moved', 'deleted'] as const
export type TransferAction = (typeof transferActions)[number]

export const transferSchema = z.object({
  path: z.string().meta({ description: "Relative to the job's source path." }),
  size: z.number(),
  state: z.enum(transferStates),
  action: z.enum(transferActions).meta({ description: 'What was done, or was being done when it failed.' }),
  error: jobErrorSchema.nullable(),
})
export type Transfer = z.infer<typeof transferSchema>

/** The least grave first. */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical'] as const

export const logLineSchema = z.object({
  at: time,
  attempt: z.number(),
  level: z.enum(logLevels),
  message: z.string(),
  path: z.string().optional(),
})
/** One line of a job's log; `path` is the file it speaks of. */
export type JobLogLine = z.infer<typeof logLineSchema>

/** What a person looks for, taken literally. */
export const searchSchema = z
  .string()
  .max(200, { error: 'At most 200 characters.' })
  .refine((text) => !text.includes('\0'), { error: 'No text holds the character NUL.' })

/** How far back a list of jobs may be asked to look, in hours. */
export const withinHours = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24, '90d': 90 * 24 } as const
export const withins = Object.keys(withinHours) as (keyof typeof withinHours)[]

const stateNames = z
  .string()
  .max(200)
  .refine((text) => text.split(',').every((name) => (jobStates as readonly string[]).includes(name)), {
    error: `A job state: ${jobStates.join(', ')}.`,
  })

const day = z.iso.date({ error: 'A day such as 2026-11-21.' })

/** What a list of jobs is narrowed by, as it stands in an address and in a saved view. */
export const jobFiltersSchema = z.strictObject({
  state: stateNames.optional(),
  endpointId: z.uuid().optional(),
  templateId: z.uuid().optional().meta({ description: 'Runs of this template.' }),
  operation: z.enum(operations).optional(),
  within: z.enum(withins).optional().meta({ description: 'Created in the last hours or days.' }),
  since: day.optional().meta({ description: 'Created on this day (UTC) or later.' }),
  until: day.optional().meta({ description: 'Created on this day (UTC) or earlier.' }),
  q: searchSchema.optional(),
})
export type JobFilters = z.infer<typeof jobFiltersSchema>

export const listJobsSchema = jobFiltersSchema.extend({
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(jobStates, { error: `A job state: ${jobStates.join(', ')}.` })))
    .optional()
    .meta({ description: `One state, or several separated by commas: ${jobStates.join(', ')}.` }),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const listTransfersSchema = z.strictObject({
  state: z.enum(transferStates).optional(),
  q: searchSchema.optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const readLogSchema = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Lines; as many as fit without it.' }),
})

/** Names an attempt as its holder knows it; a write with an older epoch changes nothing. */
export type AttemptRef = { attemptId: string; epoch: number }

/** What an attempt has done so far, by rclone's own count: it begins at nought with each attempt. */
export type Figures = {
  bytes: number
  totalBytes: number
  files: number
  totalFiles: number
  unchangedFiles: number
  failedFiles: number
  skippedFiles: number
  speed: number
  etaSeconds: number | null
}

/** The end of one file, as a worker reports it. */
export type FileEnd = {
  path: string
  size: number
  state: 'completed' | 'failed' | 'cancelled'
  action: TransferAction
  cause: keyof typeof causes | null
  message: string | null
}

/** What a worker says of one attempt at each tick, and once more with its end. */
export type AttemptReport = AttemptRef & {
  jobId: string
  number: number
  figures: Figures
  inFlight: InFlightFile[]
  files: FileEnd[]
  log: Omit<JobLogLine, 'attempt'>[]
  /**
   * Only where an earlier report may have been written although its answer was lost: how many lines of this
   * attempt come before those of `log`.
   */
  linesBefore?: number
  /** Whether partial files may lie at the destination; not said: as it was before. */
  leftBehind?: boolean
}
