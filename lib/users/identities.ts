import { and, eq, ne, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { identities, users } from '#lib/db/schema/users.ts'
import { ConflictError, NotFoundError } from '#lib/errors.ts'
import { isId, parseInput } from '#lib/parse.ts'
import { FRESH_MINUTES, isSignedInSince } from './fresh-sign-in.ts'
import { identitySchema, type Provider } from './identity.ts'
import { signedIn } from './own.ts'

export type LinkedIdentity = {
  id: string
  provider: Provider
  /** Empty where the service vouched for none. */
  email: string
  createdAt: string
  lastUsedAt: string | null
}

/** As long as next-auth keeps the state of a way to the service and back. */
const WAY_MINUTES = 15

/** The accounts elsewhere that sign the person in, and whether another may be linked from this session now. */
export async function listIdentities({
  ctx,
  sessionId,
}: {
  ctx: Context
  sessionId: string
}): Promise<{ items: LinkedIdentity[]; hasPassword: boolean; isFresh: boolean }> {
  const userId = signedIn(ctx).id
  const [rows, [user], isFresh] = await Promise.all([
    ctx.db.select().from(identities).where(eq(identities.userId, userId)).orderBy(identities.provider),
    ctx.db
      .select({ hasPassword: sql<boolean>`${users.passwordHash} is not null` })
      .from(users)
      .where(eq(users.id, userId)),
    isSignedInSince(ctx, sessionId, FRESH_MINUTES),
  ])
  return {
    items: rows.map(({ id, provider, email, createdAt, lastUsedAt }) => ({
      ...{ id, provider: provider as Provider, email, createdAt: createdAt.toISOString() },
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    hasPassword: user?.hasPassword ?? false,
    isFresh,
  }
}

/**
 * `taken`: it signs somebody else in; `another`: the person has another one of this service; `stale`: the sign-in
 * of the session is too old, or it has ended.
 */
export type LinkOutcome = 'linked' | 'taken' | 'another' | 'stale'

/**
 * Links an account elsewhere to the person of this very session, who asked for it a moment ago (the caller has
 * checked that). Never moves one from somebody else.
 */
export async function linkIdentity({
  ctx,
  input,
  sessionId,
}: {
  ctx: Context
  input: unknown
  sessionId: string
}): Promise<LinkOutcome> {
  const userId = signedIn(ctx).id
  const { provider, subject, email, emailVerified } = parseInput(identitySchema, input)
  if (!(await isSignedInSince(ctx, sessionId, FRESH_MINUTES + WAY_MINUTES))) return 'stale'
  return ctx.db.transaction(async (tx) => {
    const vouched = emailVerified && email !== null ? email : ''
    const made = await tx
      .insert(identities)
      .values({ userId, provider, subject, email: vouched })
      .onConflictDoNothing()
      .returning({ id: identities.id })
    if (made.length > 0) {
      const detail = { provider, email: vouched, by: 'the person' }
      await recordAudit(tx, ctx.actor, { action: 'identity.link', subjectId: userId, detail })
      return 'linked'
    }
    const [holder] = await tx
      .select({ userId: identities.userId })
      .from(identities)
      .where(and(eq(identities.provider, provider), eq(identities.subject, subject)))
    if (!holder) return 'another'
    return holder.userId === userId ? 'linked' : 'taken'
  })
}

const NOT_YOURS = 'No such account is linked to you.'

/** Takes a way in away, never the last one. */
export async function unlinkIdentity({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  const userId = signedIn(ctx).id
  if (!isId(id)) throw new NotFoundError(NOT_YOURS)
  await ctx.db.transaction(async (tx) => {
    // Its row is held: two at once must not each leave the other's.
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    const mine = and(eq(identities.id, id), eq(identities.userId, userId))
    const [identity] = await tx.select().from(identities).where(mine)
    if (!user || !identity) throw new NotFoundError(NOT_YOURS)
    const [other] = await tx
      .select({ id: identities.id })
      .from(identities)
      .where(and(eq(identities.userId, userId), ne(identities.id, id)))
      .limit(1)
    if (user.passwordHash === null && !other) {
      throw new ConflictError('This is your only way in. Set a password or link another account first.')
    }
    await tx.delete(identities).where(mine)
    const { provider, email } = identity
    await recordAudit(tx, ctx.actor, {
      action: 'identity.unlink',
      subjectId: userId,
      detail: { provider, email },
    })
  })
}
