import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { invitations } from '#lib/db/schema/users.ts'

/** Deletes invitations that ended a month ago or longer: by then nobody asks what became of a link. */
export async function sweepInvitations({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db
    .delete(invitations)
    .where(
      sql`least(${invitations.acceptedAt}, ${invitations.revokedAt}, ${invitations.expiresAt}) < now() - interval '30 days'`,
    )
}
