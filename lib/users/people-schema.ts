import { z } from 'zod'
import { emailSchema, passwordSchema } from './schema.ts'

// Browser-safe.

const roleSchema = z.enum(['owner', 'operator', 'viewer'], { error: 'One of owner, operator, viewer.' })
const instant = z.iso.datetime()

export const userSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: roleSchema,
  createdAt: instant,
  disabledAt: instant.nullable(),
  lastSeenAt: instant.nullable().meta({ description: 'By the sign-ins of the last weeks; null for none.' }),
})
export type User = z.infer<typeof userSchema>

export const invitationStates = ['open', 'accepted', 'revoked', 'expired'] as const

export const invitationSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  role: roleSchema,
  state: z.enum(invitationStates),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
})
export type Invitation = z.infer<typeof invitationSchema>

export const madeInvitationSchema = invitationSchema.extend({
  link: z.string().nullable().meta({
    description: 'Lets the person in; told this once, so null when the Idempotency-Key is repeated.',
  }),
})

export const sessionSchema = z.object({
  id: z.uuid(),
  current: z.boolean().meta({ description: 'The one that this request came with.' }),
  via: z
    .string()
    .meta({ description: '`password`, or the service that vouched: `github`, `google`, `oidc`.' }),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
})
export type LoginSession = z.infer<typeof sessionSchema>

export const pageQuerySchema = z.strictObject({
  cursor: z.string().max(1000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const inviteSchema = z.strictObject({ email: emailSchema, role: roleSchema })

export const patchUserSchema = z.strictObject({
  role: roleSchema.optional(),
  disabled: z.boolean().optional().meta({ description: 'true ends all their sign-ins at once.' }),
})

export const acceptInvitationSchema = z.strictObject({
  token: z.string().max(200),
  password: passwordSchema,
})

export const changePasswordSchema = z.strictObject({
  current: z.string().max(1024).optional(),
  password: passwordSchema,
})

export const changeNameSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .max(100, { error: 'At most 100 characters.' })
    .refine((name) => !/\p{Cc}/u.test(name), { error: 'Without control characters.' }),
})
