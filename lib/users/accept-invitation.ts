import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import type { Role } from '#lib/db/schema/users.ts'
import { invitations, users } from '#lib/db/schema/users.ts'
import { ConflictError, ForbiddenError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { invitationState, isOpen, lockAddress } from './invitation-row.ts'
import { hashPassword } from './passwords.ts'
import { acceptInvitationSchema, type Invitation } from './people-schema.ts'
import { hashOfToken } from './tokens.ts'

/** Why a link does not work, in the words that the page and the refusal share. */
export const endedInvitation: Record<Exclude<Invitation['state'], 'open'> | 'unknown', string> = {
  accepted: 'It has been used. Sign in with the password that was set then.',
  revoked: 'It was withdrawn, or a newer one took its place. Ask an owner for the newest link.',
  expired: 'It is older than 7 days. Ask an owner for a new one.',
  unknown: 'Nobody made such a link. Open it whole, as it was sent to you.',
}

export type ReadInvitation = { state: Invitation['state'] | 'unknown'; email: string; role: Role }

/** What the page of a link says. The token is the authority: whoever holds it was meant. */
export async function readInvitation(db: Db, token: string): Promise<ReadInvitation> {
  const [row] = await db
    .select({ state: invitationState, email: invitations.email, role: invitations.role })
    .from(invitations)
    .where(eq(invitations.tokenHash, hashOfToken(token)))
  return row ?? { state: 'unknown', email: '', role: 'viewer' }
}

/**
 * Makes the user of an invitation, once. The token is the authority here, so the context's actor is not looked at;
 * it is looked at before the password is hashed, for a hash is work that nobody gets for nothing.
 */
export async function acceptInvitation({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'db'>
  input: unknown
}): Promise<{ id: string; email: string; role: Role }> {
  const { token, password } = parseInput(acceptInvitationSchema, input)
  const refuseEnded = async () => {
    const { state, email } = await readInvitation(ctx.db, token)
    if (state !== 'open') throw new ForbiddenError(`This link does not work. ${endedInvitation[state]}`)
    return email
  }
  const invited = await refuseEnded()
  const passwordHash = await hashPassword(password)
  const made = await ctx.db.transaction(async (tx) => {
    await lockAddress(tx, invited)
    const [invitation] = await tx
      .update(invitations)
      .set({ acceptedAt: sql`now()` })
      .where(and(eq(invitations.tokenHash, hashOfToken(token)), isOpen))
      .returning()
    if (!invitation) return null
    const { email, role } = invitation
    const [user] = await tx
      .insert(users)
      .values({ email, role, passwordHash })
      .onConflictDoNothing()
      .returning({ id: users.id })
    if (!user) throw new ConflictError(`${email} is the address of a user already. Sign in instead.`)
    await recordAudit(
      tx,
      { type: 'user', id: user.id, role, label: email },
      {
        action: 'invitation.accept',
        subjectId: invitation.id,
        detail: { email, role, by: invitation.createdBy, via: 'password' },
      },
    )
    return { id: user.id, email, role }
  })
  if (made) return made
  await refuseEnded()
  throw new ConflictError('The invitation changed in the same moment. Try again.')
}
