import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { ConflictError, NotFoundError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { readUsers } from './list-users.ts'
import { patchUserSchema, type User } from './people-schema.ts'

/**
 * Changes a user's role, or disables or enables them; both hold from their next request on, and disabling ends all
 * their sign-ins. The last enabled owner stays one. Owners.
 */
export async function updateUser({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<User> {
  requireRole(ctx.actor, 'owner')
  const { role, disabled } = parseInput(patchUserSchema, input)
  return ctx.db.transaction(async (tx) => {
    const owners = await lockOwners(tx)
    const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update')
    if (!user) throw new NotFoundError('There is no such user.')
    const losesOwner = (role !== undefined && role !== 'owner') || disabled === true
    if (losesOwner && owners.includes(id) && owners.length === 1) {
      throw new ConflictError('This is the last owner who can sign in. Make somebody else an owner first.')
    }
    const about = { subjectId: id, detail: { email: user.email } }
    if (role !== undefined && role !== user.role) {
      await tx.update(users).set({ role }).where(eq(users.id, id))
      const detail = { ...about.detail, from: user.role, to: role }
      await recordAudit(tx, ctx.actor, { ...about, action: 'user.change_role', detail })
    }
    if (disabled !== undefined && disabled !== (user.disabledAt !== null)) {
      await tx
        .update(users)
        .set({ disabledAt: disabled ? sql`now()` : null })
        .where(eq(users.id, id))
      if (disabled) {
        await tx
          .update(loginSessions)
          .set({ revokedAt: sql`now()` })
          .where(and(eq(loginSessions.userId, id), isNull(loginSessions.revokedAt)))
      }
      await recordAudit(tx, ctx.actor, { ...about, action: disabled ? 'user.disable' : 'user.enable' })
    }
    const [changed] = await readUsers(tx, eq(users.id, id), 1)
    return changed!.user
  })
}

/**
 * The owners who can sign in, held until the transaction ends: two who demote each other take turns, and the second
 * reads what the first left. In one order, so that they never wait for each other.
 */
async function lockOwners(tx: Tx): Promise<string[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'owner'), isNull(users.disabledAt)))
    .orderBy(asc(users.id))
    .for('update')
  return rows.map((row) => row.id)
}
