import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { invitations, users } from '#lib/db/schema/users.ts'
import { ConflictError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { isOpen, lockAddress, toInvitation } from './invitation-row.ts'
import { type Invitation, inviteSchema } from './people-schema.ts'
import { INVITATION_DAYS } from './roles.ts'
import { hashOfToken, newToken } from './tokens.ts'

/**
 * Makes an invitation for an address that nobody has yet; an open one for it ends. The token is told this once:
 * only its hash is kept, and a repeated Idempotency-Key is answered with null in its place. Owners.
 */
export async function inviteUser({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<{ invitation: Invitation; token: string | null }> {
  requireRole(ctx.actor, 'owner')
  const { email, role } = parseInput(inviteSchema, input)
  return createOnce<{ invitation: Invitation; token: string | null }>(
    ctx,
    'inviteUser',
    { email, role },
    async (tx) => {
      await lockAddress(tx, email)
      const taken = await tx.$count(users, eq(sql`lower(${users.email})`, email))
      if (taken > 0) {
        throw new ConflictError(`${email} is the address of a user already. Change their role instead.`)
      }
      const replaced = await tx
        .update(invitations)
        .set({ revokedAt: sql`now()` })
        .where(and(eq(sql`lower(${invitations.email})`, email), isOpen))
        .returning({ id: invitations.id })
      const token = newToken()
      const [row] = await tx
        .insert(invitations)
        .values({
          ...{ email, role, tokenHash: hashOfToken(token), createdBy: ctx.actor.label },
          expiresAt: sql`now() + make_interval(days => ${INVITATION_DAYS})`,
        })
        .returning()
      await recordAudit(tx, ctx.actor, {
        action: 'invitation.create',
        subjectId: row!.id,
        detail: { email, role, ...(replaced[0] && { replaces: replaced[0].id }) },
      })
      return { invitation: toInvitation(row!, 'open'), token }
    },
    (made) => ({ ...made, token: null }),
  )
}
