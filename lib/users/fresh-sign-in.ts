import { sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { loginSessions } from '#lib/db/schema/users.ts'
import { ForbiddenError } from '#lib/errors.ts'
import { signedIn } from './own.ts'

/**
 * So soon after a sign-in its person is at the keyboard still. One time for adding a way in (a password, an account
 * elsewhere) and for what a person without a password confirms by it: with two, the longer one would open the other.
 */
export const FRESH_MINUTES = 5

/** Whether this session is the person's, has not ended and began this lately. */
export async function isSignedInSince(
  { db, actor }: Pick<Context, 'db' | 'actor'>,
  sessionId: string | null,
  minutes: number,
): Promise<boolean> {
  if (sessionId === null) return false
  const [row] = await db
    .select({ id: loginSessions.id })
    .from(loginSessions)
    .where(
      sql`${loginSessions.id} = ${sessionId} and ${loginSessions.userId} = ${actor.id}
        and ${loginSessions.revokedAt} is null and ${loginSessions.expiresAt} > now()
        and ${loginSessions.createdAt} > now() - make_interval(mins => ${minutes})`,
    )
  return row !== undefined
}

/** Refuses whoever signed in longer ago: a screen left open adds no way in and gives no secret away. */
export async function requireFreshSignIn({
  ctx,
  sessionId,
}: {
  ctx: Pick<Context, 'db' | 'actor'>
  sessionId: string | null
}): Promise<void> {
  signedIn(ctx)
  if (await isSignedInSince(ctx, sessionId, FRESH_MINUTES)) return
  throw new ForbiddenError(
    'You signed in too long ago for this: sign out and in again, and do it within five minutes.',
  )
}
