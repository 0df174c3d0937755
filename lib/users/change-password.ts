import { and, eq, isNull } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { users } from '#lib/db/schema/users.ts'
import { ConflictError, InvalidError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { endOthers } from './end-sessions.ts'
import { signedIn } from './own.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { changePasswordSchema } from './people-schema.ts'
import { countAttempt, forgiveAttempt } from './throttle.ts'

/**
 * Sets the person's own password and ends their other sign-ins; `sessionId` is the one that asks and stays. Who has
 * a password gives it again: a browser left open must not lock its person out. Who came by another service has none
 * and may set one.
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
  const { id, label } = signedIn(ctx)
  const { current, password } = parseInput(changePasswordSchema, input)
  const [user] = await ctx.db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, id))
  const before = user?.hash ?? null
  const attempt = { email: label.toLowerCase(), address }
  const wait = before === null ? 0 : await countAttempt(ctx.db, attempt)
  if (wait > 0) throw InvalidError.at('current', `Too many wrong ones. Try again in ${wait} seconds.`)
  const right = before === null || (await checkPassword(before, current ?? ''))
  if (before !== null && right) await forgiveAttempt(ctx.db, attempt, { checked: true })
  if (!right) {
    await ctx.db.transaction((tx) =>
      recordAudit(tx, ctx.actor, { action: 'user.change_password_refused', subjectId: id }),
    )
    throw InvalidError.at('current', 'This is not your present password.')
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
