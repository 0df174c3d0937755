import { z } from 'zod'
import { jobOptionsSchema, relativePathSchema, searchSchema } from '#lib/jobs/schema.ts'
import { operations } from '#lib/jobs/states.ts'
import { s3TriggerSchema, scheduleSchema, triggerSchema, watchSchema } from '#lib/triggers/schema.ts'
import { MOST_OF_A_JOB, WINDOW_MS } from './gather.ts'
import { whyNotPattern } from './pattern.ts'

// Browser-safe: the shapes that requests are checked by and answers documented by.

const name = z
  .string()
  .trim()
  .min(1, { error: 'Give the template a name.' })
  .max(100, { error: 'A name holds at most 100 characters.' })
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), {
    error: 'A name holds no control characters.',
  })

const side = z.strictObject({
  endpointId: z.uuid({ error: 'The id of an endpoint.' }),
  path: relativePathSchema.default(''),
})

/** As a path, but its "/" at the end means a folder in which the relative folders are kept. */
const destinationPath = z
  .string()
  .max(4096)
  .refine((path) => relativePathSchema.safeParse(path).success, {
    error: 'A path below the root of the endpoint, without ".." and without "/" at its beginning.',
  })

const gather = z.strictObject({
  windowMs: z
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .optional()
    .meta({
      description: `Events that come within so many milliseconds travel in one job; ${WINDOW_MS} when not given.`,
    }),
  most: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: `Files of one job; ${MOST_OF_A_JOB} when not given.` }),
})

export const templateInputSchema = z.strictObject({
  name: name.meta({ description: 'How people and paths call it; no two are the same.' }),
  description: z.string().trim().max(2000).default(''),
  operation: z.enum(operations, { error: 'One of copy, move, sync.' }),
  source: side,
  pattern: z
    .string()
    .trim()
    .max(400)
    .default('*')
    .superRefine((pattern, check) => {
      const wrong = whyNotPattern(pattern)
      if (wrong) check.addIssue({ code: 'custom', message: wrong })
    })
    .meta({ description: 'Which files: a glob. Without "/" it is matched against base names.' }),
  destinations: z
    .array(z.strictObject({ endpointId: z.uuid(), path: destinationPath.default('') }))
    .min(1, { error: 'Where the files go.' })
    .max(1, { error: 'One destination. Several come with chains; until then make a template for each.' }),
  timeZone: z
    .string()
    .max(64)
    .default('UTC')
    .meta({ description: 'The zone of dates in paths, such as Europe/Berlin.' }),
  gather: gather.default({}),
  options: jobOptionsSchema.default({}),
  enabled: z.boolean().default(true),
  triggers: z.array(triggerSchema).max(20).default([]),
})
export type TemplateInput = z.input<typeof templateInputSchema>

const known = { id: z.uuid().optional().meta({ description: 'Of the trigger that this one is, and stays.' }) }
const changedTriggerSchema = z.discriminatedUnion(
  'type',
  [scheduleSchema.extend(known), watchSchema.extend(known), s3TriggerSchema.extend(known)],
  { error: 'One of schedule, watch, s3. Webhooks and chains (webhook, after) are not there yet.' },
)

/** What changes; what is left out stays. Triggers are given whole: those with an id stay what they are. */
export const patchTemplateSchema = z.strictObject({
  name: templateInputSchema.shape.name.optional(),
  description: z.string().trim().max(2000).optional(),
  operation: z.enum(operations).optional(),
  source: side.optional(),
  pattern: templateInputSchema.shape.pattern.unwrap().optional(),
  destinations: templateInputSchema.shape.destinations.optional(),
  timeZone: z.string().max(64).optional(),
  gather: gather.optional(),
  options: jobOptionsSchema.optional(),
  enabled: z.boolean().optional(),
  triggers: z.array(changedTriggerSchema).max(20).optional(),
})

const health = z
  .object({ state: z.enum(['ok', 'warn', 'fail']), message: z.string(), at: z.string() })
  .nullable()

const view = {
  id: z.uuid(),
  nextDueAt: z.iso.datetime().nullable(),
  health: health.meta({ description: 'What the one that watches or listens says of it.' }),
}
const listing = health.optional().meta({
  description: 'What the last listing of the bucket found that no event had told of; null before the first.',
})

export const triggerViewSchema = z.discriminatedUnion('type', [
  scheduleSchema.extend(view),
  watchSchema.extend(view),
  s3TriggerSchema.extend({ ...view, listing }),
])

export const templateSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  operation: z.enum(operations),
  source: z.object({ endpointId: z.uuid(), path: z.string() }),
  pattern: z.string(),
  destinations: z.array(z.object({ endpointId: z.uuid(), path: z.string() })),
  timeZone: z.string(),
  gather: z.object({ windowMs: z.number().optional(), most: z.number().optional() }),
  options: jobOptionsSchema,
  triggers: z.array(triggerViewSchema),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type Template = z.infer<typeof templateSchema>

export const listTemplatesSchema = z.strictObject({
  q: searchSchema.optional(),
  cursor: z.string().max(800).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const runTemplateSchema = z.strictObject({
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Dates in paths are of this time instead of now.' }),
})
