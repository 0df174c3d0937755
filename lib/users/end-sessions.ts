import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { loginSessions } from '#lib/db/schema/users.ts'
import { NotFoundError } from '#lib/errors.ts'
import { signedIn } from './own.ts'

/** Ends one of the person's own sign-ins; another's does not exist for them. */
export async function endOwnSession({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  const { id: userId } = signedIn(ctx)
  await ctx.db.transaction(async (tx) => {
    const ended = await tx
      .update(loginSessions)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(loginSessions.id, id), eq(loginSessions.userId, userId), isNull(loginSessions.revokedAt)))
      .returning({ id: loginSessions.id })
    if (ended.length === 0) throw new NotFoundError('There is no such session of yours; it may have ended.')
    await recordAudit(tx, ctx.actor, { action: 'session.end', subjectId: id })
  })
}

/** Ends all of the person's sign-ins but `keep`, the one that asks; returns how many. */
export async function endOtherSessions({
  ctx,
  keep,
}: {
  ctx: Context
  keep: string | null
}): Promise<number> {
  const { id: userId } = signedIn(ctx)
  return ctx.db.transaction(async (tx) => {
    const ended = await endOthers(tx, userId, keep)
    if (ended > 0) {
      await recordAudit(tx, ctx.actor, { action: 'session.end_others', subjectId: userId, detail: { ended } })
    }
    return ended
  })
}

export async function endOthers(tx: Tx, userId: string, keep: string | null): Promise<number> {
  const ended = await tx
    .update(loginSessions)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(loginSessions.userId, userId),
        isNull(loginSessions.revokedAt),
        keep === null ? undefined : ne(loginSessions.id, keep),
      ),
    )
    .returning({ id: loginSessions.id })
  return ended.length
}
