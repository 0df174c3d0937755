import { z } from 'zod'

// Browser-safe.

export const auditEntrySchema = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  actor: z.object({
    type: z.enum(['user', 'apiKey', 'agent', 'system']),
    id: z.string(),
    label: z.string().meta({ description: 'Their name at the time.' }),
  }),
  action: z.string().meta({ description: 'noun.verb', examples: ['job.create'] }),
  subjectId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

const words = z
  .string()
  .trim()
  .max(200, { error: 'At most 200 characters.' })
  .refine((text) => !text.includes('\0'), { error: 'Without the character NUL.' })
  .transform((text) => text || undefined)
  .optional()

export const listAuditSchema = z.strictObject({
  actor: words.meta({ description: 'A part of the name, or the id, of who did it.' }),
  action: words.meta({ description: 'An action such as `job.create`, or a noun such as `job`.' }),
  q: words.meta({ description: 'The id of the subject, or a part of the detail.' }),
  cursor: z.string().max(1000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
