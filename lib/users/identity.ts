import { z } from 'zod'
import { emailSchema } from './schema.ts'

// Browser-safe.

export const providers = ['github', 'google', 'oidc'] as const
export type Provider = (typeof providers)[number]

/** What a service says about who just signed in there, checked. */
export const identitySchema = z.strictObject({
  provider: z.enum(providers),
  /** The service's own name for the account. */
  subject: z.string().min(1).max(255),
  /** Null where it said none, or something that is no address. */
  email: emailSchema.nullable().catch(null),
  /** Whether the service vouches that the address is theirs; nothing but `true` is. */
  emailVerified: z.literal(true).or(z.unknown().transform(() => false as const)),
})
export type Identity = z.infer<typeof identitySchema>

/** Why somebody whom a service knows is not let in. */
export const refusals = ['unverified', 'uninvited', 'disabled', 'other_account', 'not_set_up'] as const
export type Refusal = (typeof refusals)[number]
