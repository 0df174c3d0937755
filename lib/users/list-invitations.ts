import { desc, lt } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { invitations } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { invitationState, toInvitation } from './invitation-row.ts'
import { type Invitation, pageQuerySchema } from './people-schema.ts'

/** Invitations, newest first, those that ended too until they are swept. Owners. */
export async function listInvitations({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<Invitation>> {
  requireRole(ctx.actor, 'owner')
  const { cursor, limit } = parseInput(pageQuerySchema, input)
  const rows = await ctx.db
    .select({ row: invitations, state: invitationState })
    .from(invitations)
    .where(cursor ? lt(invitations.id, decodeCursor(cursor, ['id'])[0]!) : undefined)
    .orderBy(desc(invitations.id))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ row }) => [row.id],
    ({ row, state }) => toInvitation(row, state),
  )
}
