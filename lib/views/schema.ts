import { z } from 'zod'
import { jobFiltersSchema } from '#lib/jobs/schema.ts'

// Browser-safe.

export const saveViewSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: 'A name to find it by.' })
    .max(60, { error: 'At most 60 characters.' })
    .refine((name) => !name.includes('\0'), { error: 'No name holds the character NUL.' }),
  filters: jobFiltersSchema,
})

/** A list's filters under a name. */
export type SavedView = { id: string; name: string; filters: z.infer<typeof jobFiltersSchema> }
