import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { DomainError, InvalidError } from '#lib/errors.ts'
import { signedIn } from './own.ts'
import { checkPassword } from './passwords.ts'
import { countAttempt, forgiveAttempt } from './throttle.ts'

/**
 * Makes sure that the signed-in person knows their password: whoever finds an open browser must not guess on, so
 * guesses are slowed together with those at the sign-in. Throws at the field of the form, `field`.
 */
export async function checkOwnPassword({
  ctx,
  stored,
  given,
  address,
  field,
  refused,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  stored: string
  given: string
  /** Where it is asked from. */
  address: string | null
  field: { path: string; wrong: string }
  /** What the audit calls a wrong one. */
  refused: 'user.confirm_refused' | 'user.change_password_refused'
}): Promise<void> {
  const { id, label } = signedIn(ctx)
  const attempt = { email: label.toLowerCase(), address }
  const wait = await countAttempt(ctx.db, attempt)
  if (wait > 0) {
    const message = `Too many wrong passwords. Try again in ${wait} seconds.`
    throw new DomainError('too_many', message, [{ path: field.path, message }])
  }
  const right = await checkPassword(stored, given).catch(async (error: unknown) => {
    await forgiveAttempt(ctx.db, attempt, { checked: false })
    throw error
  })
  if (right) return forgiveAttempt(ctx.db, attempt, { checked: true })
  await ctx.db.transaction((tx) => recordAudit(tx, ctx.actor, { action: refused, subjectId: id }))
  throw InvalidError.at(field.path, field.wrong)
}
