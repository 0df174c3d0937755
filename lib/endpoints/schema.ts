import { z } from 'zod'
import { bandwidthSchema, relativePathSchema, searchSchema } from '#lib/jobs/schema.ts'

// Browser-safe: the shapes that requests are checked by and answers documented by.

/** Kinds that can be made today; the rest of rclone's arrives with its secrets sealed. */
export const endpointTypes = ['local'] as const

const name = z
  .string()
  .trim()
  .min(1, { error: 'Give the endpoint a name.', abort: true })
  .max(100, { error: 'A name holds at most 100 characters.' })
  .refine((text) => text.isWellFormed(), { error: 'The name is not valid Unicode.' })
  .regex(/^[^:/]+$/, {
    error: 'A name holds no ":" or "/": the command line writes endpoint:path.',
    abort: true,
  })
  // Apart from the pattern: in the API's document it would be one that not every validator reads.
  .refine((text) => !/\p{Cc}/u.test(text), { error: 'A name holds no control characters.' })

const localPath = z
  .string()
  .min(1, { error: 'The folder, such as /srv/media.' })
  .max(4096)
  .refine((path) => !path.includes('\0'), { error: 'A path cannot hold the character NUL.' })
  .refine((path) => path.isWellFormed(), { error: 'The path is not valid Unicode, so it cannot be carried.' })
  .refine((path) => path.startsWith('/'), { error: 'An absolute folder, such as /srv/media.' })
  .refine((path) => !path.split('/').includes('..'), { error: 'Write the folder without "..".' })
  .transform(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )

const limits = z.strictObject({
  bandwidth: bandwidthSchema.optional(),
  transfers: z.number().int().min(1).max(64).optional(),
})

export const createEndpointSchema = z.strictObject({
  name: name.meta({ description: 'How people and the command line call it; no two are the same.' }),
  type: z.enum(endpointTypes, { error: `A kind this version knows: ${endpointTypes.join(', ')}.` }),
  path: localPath.meta({ description: 'An absolute folder, inside those that the agent may use.' }),
  /** A local folder has none. */
  settings: z.strictObject({}).default({}),
  limits: limits.default({}).meta({ description: 'Hold for each job that uses it.' }),
})

/** What changes; what is left out stays. The kind of an endpoint never changes. */
export const patchEndpointSchema = z.strictObject({
  name: name.optional(),
  path: localPath.optional(),
  limits: limits.optional(),
})

/** A test of settings that are not saved; a name is allowed and not looked at. */
export const testEndpointSchema = createEndpointSchema.partial({ name: true })

export const endpointSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  type: z.string(),
  path: z.string(),
  limits,
  agent: z.object({ id: z.uuid(), name: z.string() }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type Endpoint = z.infer<typeof endpointSchema>

export const listEndpointsSchema = z.strictObject({
  q: searchSchema.optional(),
  // A name of 100 characters beyond ASCII takes 400 bytes, and a third more as text.
  cursor: z.string().max(800).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const browseSchema = z.strictObject({
  path: relativePathSchema.default(''),
  cursor: z.string().max(2000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

export const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string().meta({ description: "Relative to the endpoint's root." }),
  size: z.number().meta({ description: 'Bytes; 0 for a folder.' }),
  isFolder: z.boolean(),
  modifiedAt: z.iso.datetime().nullable(),
})
export type FileEntry = z.infer<typeof fileEntrySchema>

export const testResultSchema = z.object({
  ok: z.boolean(),
  stages: z.array(
    z.object({
      stage: z.string(),
      ok: z.boolean(),
      ms: z.number(),
      cause: z.string().nullable(),
      message: z.string(),
    }),
  ),
})
/** What a test of an endpoint found, a row for each stage up to the first that failed. */
export type TestResult = z.infer<typeof testResultSchema>
