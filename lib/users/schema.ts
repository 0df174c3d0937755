import { z } from 'zod'

// Browser-safe.

export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, { error: 'An e-mail address holds at most 254 characters.' })
  .pipe(z.email({ error: 'An e-mail address, such as ops@studio.example.' }))

/** Length is what counts (NIST SP 800-63B); 1,024 bounds the work of the hash. */
export const passwordSchema = z
  .string()
  .min(10, { error: 'At least 10 characters.' })
  .max(1024, { error: 'At most 1,024 characters.' })

export const signInSchema = z.strictObject({
  email: z.string().trim().toLowerCase().max(254),
  password: z.string().max(1024),
})

export const firstOwnerSchema = z.strictObject({
  token: z.string().max(200),
  email: emailSchema,
  password: passwordSchema,
  roots: z.array(z.string()).max(100).optional(),
})
