import { z } from 'zod'
import { endpointSchema, patchEndpointSchema } from '#lib/endpoints/schema.ts'

// Browser-safe: what an import is asked by and answers.

/** A private key has 3,000 characters, and a thousand remotes are nobody's. In JSON it stays below a request's 1 MiB. */
const LARGEST = 400_000

const one = patchEndpointSchema

const choiceSchema = z.strictObject({
  action: z.enum(['create', 'replace', 'skip']).default('create').meta({
    description: '`replace` gives its settings to the endpoint of that name and kind.',
  }),
  name: one.shape.name.meta({ description: 'What the endpoint is to be called; by default as the remote.' }),
  path: one.shape.path.meta({
    description: 'The root inside the storage. A remote of type `local` needs an absolute folder.',
  }),
  settings: one.shape.settings.meta({
    description: 'In place of those in the file, or beside them: the host key that you accept, say.',
  }),
})
export type ImportChoice = z.infer<typeof choiceSchema>

export const importSchema = z.strictObject({
  text: z
    .string()
    .max(LARGEST, { error: 'An rclone.conf holds at most 400,000 characters.' })
    .optional()
    .meta({ description: 'The rclone.conf, as it is; one that is encrypted needs `password`.' }),
  agentFile: z.string().min(1).max(4096).optional().meta({
    description:
      'Instead of `text`: a file of the agent, by its name below FILE_ORBIT_SECRET_FILES, or FILE_ORBIT_RCLONE_CONFIG’s own path. Owners only.',
  }),
  password: z
    .string()
    .min(1)
    .max(1024)
    .refine((text) => !text.includes('\0'), { error: 'A password cannot hold the character NUL.' })
    .optional()
    .meta({ description: 'Of an encrypted file. It is sealed on its way to the agent and kept nowhere.' }),
  choices: z.record(z.string().max(200), choiceSchema).default({}).meta({
    description: 'By the name of the remote in the file; for one that is not named here it is made as it is.',
  }),
  only: z.array(z.string().max(200)).max(1000).optional().meta({
    description: 'The remotes to take; the others are skipped. By default all.',
  }),
  dryRun: z.boolean().default(false).meta({ description: 'Say what would be done, and change nothing.' }),
})
export type ImportInput = z.input<typeof importSchema>

const issueSchema = z.object({
  path: z.string().meta({ description: '`name`, `path` or `settings.…` of the choice that would help.' }),
  message: z.string(),
  value: z.string().optional(),
  fingerprint: z.string().optional(),
})

export const importItemSchema = z.object({
  remote: z
    .string()
    .meta({ description: 'Its name in the file; where it is none, the folder’s that lies below.' }),
  name: z.string(),
  type: z.string(),
  path: z.string(),
  action: z.enum(['create', 'replace', 'skip']),
  liesOver: z.array(z.string()).meta({ description: 'Names of the endpoints it will lie over.' }),
  secrets: z.array(z.string()).meta({ description: 'Options whose secrets the file has.' }),
  leftOut: z.array(z.object({ option: z.string(), why: z.string() })),
  clash: z
    .object({ endpointId: z.uuid().nullable(), suggestion: z.string(), mayReplace: z.boolean() })
    .nullable()
    .meta({ description: 'The name is taken, by an endpoint or (null) by another remote of the file.' }),
  problems: z.array(issueSchema).meta({ description: 'Why it cannot be taken as it is; empty when it can.' }),
})
export type ImportItem = z.infer<typeof importItemSchema>

export const importAnswerSchema = z.object({
  remotes: z.array(importItemSchema).meta({ description: 'In the order in which they are made.' }),
  endpoints: z.array(endpointSchema).meta({ description: 'What was made or replaced; none in a dry run.' }),
})
export type ImportAnswer = z.infer<typeof importAnswerSchema>
