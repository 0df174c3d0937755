import { and, eq, isNull } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { users } from '#lib/db/schema/users.ts'
import { ConflictError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { checkOwnPassword } from './check-own-password.ts'
import { endOthers } from './end-sessions.ts'
import { requireFreshSignIn } from './fresh-sign-in.ts'
import { signedIn } from './own.ts'
import { hashPassword } from './passwords.ts'
import { changePasswordSchema } from './people-schema.ts'

/**
 * Sets the person's own password and ends their other sign-ins; `sessionId` is the one that asks and stays. Who has
 * a password gives it again: a browser left open must not lock its person out. Who came by another service has none
 * and may set one just after a sign-in: a password set there by somebody else would confirm whatever they ask for.
 */
export async function changePassword({
  ctx,
  input,
  sessionId,
  address,
}: {
  ctx: Context
  input: unknown
  sessionId: string | null
  /** Where it is asked from: guesses are slowed as at the sign-in. */
  address: string | null
}): Promise<{ ended: number }> {
  const { id } = signedIn(ctx)
  const { current, password } = parseInput(changePasswordSchema, input)
  const [user] = await ctx.db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, id))
  const before = user?.hash ?? null
  if (before === null) await requireFreshSignIn({ ctx, sessionId })
  else {
    await checkOwnPassword({
      ...{ ctx, stored: before, given: current ?? '', address },
      field: { path: 'current', wrong: 'This is not your present password.' },
      refused: 'user.change_password_refused',
    })
  }
  const passwordHash = await hashPassword(password)
  return ctx.db.transaction(async (tx) => {
    const changed = await tx
      .update(users)
      .set({ passwordHash })
      .where(
        and(eq(users.id, id), before === null ? isNull(users.passwordHash) : eq(users.passwordHash, before)),
      )
      .returning({ id: users.id })
    if (changed.length === 0) {
      throw new ConflictError('The password was changed elsewhere in the same moment. Sign in again.')
    }
    const ended = await endOthers(tx, id, sessionId)
    await recordAudit(tx, ctx.actor, {
      action: before === null ? 'user.set_password' : 'user.change_password',
      subjectId: id,
      detail: { endedSessions: ended },
    })
    return { ended }
  })
}
