import { z } from 'zod'

// Browser-safe.

const roleSchema = z.enum(['owner', 'operator', 'viewer'], { error: 'One of owner, operator, viewer.' })

export const createApiKeySchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: 'Give the key a name.' })
    .max(100, { error: 'At most 100 characters.' })
    .refine((name) => !/\p{Cc}/u.test(name), { error: 'Without control characters.' }),
  role: roleSchema,
})

export const apiKeySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  role: roleSchema,
  prefix: z.string().meta({ description: 'The first characters of the key.' }),
  createdBy: z.string().nullable().meta({ description: 'As the audit says; null when it no longer does.' }),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute.' }),
})
export type ApiKey = z.infer<typeof apiKeySchema>

export const madeApiKeySchema = apiKeySchema.extend({
  key: z.string().nullable().meta({
    description: 'Told this once, so null when the Idempotency-Key is repeated.',
  }),
})
export type MadeApiKey = z.infer<typeof madeApiKeySchema>
