import { eq } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { users } from '#lib/db/schema/users.ts'
import { checkOwnPassword } from './check-own-password.ts'
import { requireFreshSignIn } from './fresh-sign-in.ts'
import { signedIn } from './own.ts'

/**
 * Makes sure that the signed-in person is at the keyboard now: their password is given again; without one they have
 * signed in just before. Throws InvalidError at `password`, or a refusal that says what to do.
 */
export async function confirmPerson({
  ctx,
  password,
  sessionId,
  address,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  password: string
  sessionId: string | null
  /** Where it is asked from. */
  address: string | null
}): Promise<void> {
  const { id } = signedIn(ctx)
  const [user] = await ctx.db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, id))
  if (user?.hash == null) return requireFreshSignIn({ ctx, sessionId })
  await checkOwnPassword({
    ...{ ctx, stored: user.hash, given: password, address },
    field: { path: 'password', wrong: 'This is not your password.' },
    refused: 'user.confirm_refused',
  })
}
