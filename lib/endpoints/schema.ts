import { z } from 'zod'
import { bandwidthSchema, searchSchema } from '#lib/jobs/schema.ts'

// Browser-safe: the shapes that requests are checked by and answers documented by.

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

/** Where the index finds that another has the name. */
export const NAME_TAKEN = 'An endpoint of this name exists already. Choose another name.'

/** The root inside a storage; what a kind makes of it, and the rules of a local folder, come after (root-path.ts). */
const rootPath = z
  .string()
  .max(4096)
  .refine((path) => !path.includes('\0'), { error: 'A path cannot hold the character NUL.' })
  .refine((path) => path.isWellFormed(), { error: 'The path is not valid Unicode, so it cannot be carried.' })
  .refine((path) => !path.split(/[\\/]/).includes('..'), { error: 'Write the folder without "..".' })

/** Long enough for a private key or a service account; not for a file. */
const settingText = z.string().max(32_768, { error: 'A setting holds at most 32,768 characters.' })

/** By rclone's option names. What was read back of a secret may be sent again: it leaves the secret as it is. */
export const givenSettings = z
  .record(
    z.string().max(100),
    z.union([
      settingText,
      z.number(),
      z.boolean(),
      z.array(settingText).max(100),
      z.strictObject({ set: z.boolean(), reference: z.string().optional() }),
    ]),
  )
  .refine((settings) => Object.keys(settings).length <= 200, { error: 'At most 200 settings.' })
export type GivenSettings = z.infer<typeof givenSettings>

/** What a sign-in at the service answered when it was done, or a test that was given it. */
const signIn = z
  .string()
  .max(65_536)
  .optional()
  .meta({ description: 'The last `state` of `POST /endpoints/sign-in`: its token is kept, sealed.' })

const limits = z.strictObject({
  bandwidth: bandwidthSchema.optional(),
  transfers: z.number().int().min(1).max(64).optional(),
})

export const createEndpointSchema = z.strictObject({
  name: name.meta({ description: 'How people and the command line call it; no two are the same.' }),
  type: z
    .string()
    .min(1, { error: 'The kind of storage, such as s3, sftp, smb or local.' })
    .max(60)
    .meta({ description: 'A type of `GET /backends`, such as `s3`, `sftp`, `smb`, `local`.' }),
  path: rootPath.default('').meta({
    description:
      'The root inside the storage, such as `bucket/prefix` or `share/folder`. For `local` an absolute folder, inside those that the agent may use.',
  }),
  settings: givenSettings.default({}).meta({
    description:
      'By rclone’s own option names. Secrets are written in clear and read back only as `{set: true}`; a secret may be given as a reference, `env:FILE_ORBIT_SECRET_…` or `file:name`, that the agent reads.',
  }),
  limits: limits.default({}).meta({ description: 'Hold for each job that uses it.' }),
  signIn,
})
export type CreateEndpointInput = z.input<typeof createEndpointSchema>

/** What changes; what is left out stays. The kind of an endpoint never changes. */
export const patchEndpointSchema = z.strictObject({
  name: name.optional(),
  path: rootPath.optional(),
  settings: givenSettings.optional().meta({
    description: 'What is given is set, an empty text removes, what is left out stays.',
  }),
  limits: limits.optional(),
  signIn,
})

/** A test of settings that are not saved; a name is allowed and not looked at. */
export const testEndpointSchema = createEndpointSchema.partial({ name: true }).extend({
  endpointId: z.uuid().optional().meta({
    description: 'The saved endpoint that these settings would change: secrets not given are taken from it.',
  }),
  write: z.boolean().default(false).meta({ description: 'Also write a small file and delete it again.' }),
})

export const testSavedSchema = z.strictObject({ write: z.boolean().default(false) })

export const endpointSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  type: z.string(),
  path: z.string(),
  settings: z.record(
    z.string(),
    z.union([z.string(), z.object({ set: z.literal(true), reference: z.string().optional() })]),
  ),
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

export const testStages = [
  'roots',
  'settings',
  'resolve',
  'connect',
  'secure',
  'sign_in',
  'list',
  'write',
] as const

export const testResultSchema = z.object({
  ok: z.boolean(),
  stages: z.array(
    z.object({
      stage: z.enum(testStages),
      ok: z.boolean(),
      ms: z.number(),
      cause: z.string().nullable(),
      message: z.string(),
      words: z.string().optional().meta({ description: 'rclone’s own words.' }),
      hostKey: z
        .object({ fingerprint: z.string(), value: z.string() })
        .optional()
        .meta({ description: 'Another host key than the one accepted, which the server shows now.' }),
    }),
  ),
  folders: z.array(z.string()).optional().meta({
    description:
      'Names of folders at the root that was tested, at most 200: shares or buckets where it is empty.',
  }),
  signIn: z.string().optional().meta({
    description:
      'Of a test before saving that was given a token which the service renewed: to be sent as `signIn` from now on. Some services take the old one no more.',
  }),
})
/** What a test of an endpoint found, a row for each stage up to the first that failed. */
export type TestResult = z.infer<typeof testResultSchema>
