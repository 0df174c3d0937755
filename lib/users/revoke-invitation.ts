import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { invitations } from '#lib/db/schema/users.ts'
import { ConflictError, NotFoundError } from '#lib/errors.ts'
import { invitationState, isOpen } from './invitation-row.ts'

/** Withdraws an open invitation: its link is worth nothing from then on. Owners. */
export async function revokeInvitation({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'owner')
  await ctx.db.transaction(async (tx) => {
    const [revoked] = await tx
      .update(invitations)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(invitations.id, id), isOpen))
      .returning({ email: invitations.email })
    if (revoked) {
      await recordAudit(tx, ctx.actor, { action: 'invitation.revoke', subjectId: id, detail: revoked })
      return
    }
    const [ended] = await tx
      .select({ state: invitationState })
      .from(invitations)
      .where(eq(invitations.id, id))
    if (!ended) throw new NotFoundError('There is no such invitation.')
    throw new ConflictError(`The invitation is ${ended.state}; only an open one can be withdrawn.`)
  })
}
