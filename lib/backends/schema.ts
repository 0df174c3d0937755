import { z } from 'zod'

// Browser-safe: rclone's own description of its storage types, as an agent's rclone tells it (config/providers).

export const backendOptionSchema = z.object({
  name: z.string(),
  help: z.string(),
  /** rclone's own: string, bool, int, SizeSuffix, Duration, Tristate, CommaSepList, SpaceSepList, Encoding, … */
  type: z.string(),
  default: z.string(),
  required: z.boolean(),
  advanced: z.boolean(),
  /** Only one of the examples is a value. */
  exclusive: z.boolean(),
  /** Written, never read back. */
  secret: z.boolean(),
  /** Taken from an rclone.conf or a sign-in, and in no form. */
  hidden: z.boolean().default(false),
  /** Why this option is not taken, or null. */
  refused: z.string().nullable(),
  /** Providers that it is for, as rclone writes them: `AWS,Minio`, or `!AWS`; '' for all. */
  provider: z.string(),
  examples: z.array(z.object({ value: z.string(), help: z.string(), provider: z.string() })),
})
export type BackendOption = z.infer<typeof backendOptionSchema>

export const backendSchema = z.object({
  type: z.string(),
  description: z.string(),
  /** One signs in at it: by a browser for its token, or by other questions and answers. */
  oauth: z.boolean(),
  /** Lies over other endpoints instead of a storage of its own. */
  wraps: z.enum(['one', 'many']).nullable(),
  options: z.array(backendOptionSchema),
})
export type Backend = z.infer<typeof backendSchema>

export const listBackendsSchema = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(200),
})
