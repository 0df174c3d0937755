import { and, count, eq, gt, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { DomainError, ForbiddenError, InvalidError } from '#lib/errors.ts'
import { checkPassword } from './passwords.ts'

const REFUSED = 'user.confirm_refused'
/** Whoever finds an open browser must not guess on. */
const TRIES = 5
const WITHIN = sql`interval '15 minutes'`
/** Of a sign-in by another service, which has no password that could be asked for. */
const FRESH = sql`interval '5 minutes'`

/**
 * Makes sure that the signed-in person is at the keyboard now: their password is given again; without one they have
 * signed in within five minutes. Throws InvalidError at `password`, or a refusal that says what to do.
 */
export async function confirmPerson({
  ctx,
  password,
  sessionId,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  password: string
  sessionId: string | null
}): Promise<void> {
  const { actor, db } = ctx
  if (actor.type !== 'user') throw new ForbiddenError('Only a person can be asked for a password.')
  const [user] = await db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, actor.id))
  if (user?.hash == null) return requireFreshSignIn(ctx, actor.id, sessionId)
  const recent = and(
    eq(auditEntries.subjectId, actor.id),
    eq(auditEntries.action, REFUSED),
    gt(auditEntries.at, sql`now() - ${WITHIN}`),
  )
  const [refused] = await db.select({ times: count() }).from(auditEntries).where(recent)
  if (refused && refused.times >= TRIES) {
    throw new DomainError('too_many', 'Too many wrong passwords. Try again in 15 minutes.')
  }
  if (await checkPassword(user.hash, password)) return
  await db.transaction((tx) => recordAudit(tx, actor, { action: REFUSED, subjectId: actor.id }))
  throw InvalidError.at('password', 'This is not your password.')
}

/** Whether this person is asked for a password at all. */
export async function hasPassword({ ctx }: { ctx: Pick<Context, 'actor' | 'db'> }): Promise<boolean> {
  const [user] = await ctx.db
    .select({ hash: users.passwordHash })
    .from(users)
    .where(eq(users.id, ctx.actor.id))
  return user?.hash != null
}

async function requireFreshSignIn(
  { db }: Pick<Context, 'db'>,
  userId: string,
  sessionId: string | null,
): Promise<void> {
  const mine = and(eq(loginSessions.userId, userId), eq(loginSessions.id, sessionId ?? ''))
  const fresh = sessionId
    ? await db
        .select({ id: loginSessions.id })
        .from(loginSessions)
        .where(and(mine, gt(loginSessions.createdAt, sql`now() - ${FRESH}`)))
    : []
  if (fresh.length > 0) return
  throw new ForbiddenError(
    'You have no password here, so sign out and in again first; within five minutes of that it works.',
  )
}
