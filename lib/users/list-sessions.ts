import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { loginSessions } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { signedIn } from './own.ts'
import { type LoginSession, pageQuerySchema } from './people-schema.ts'

/** The person's own sign-ins that have not ended, newest first. `sessionId` is the one that asks. */
export async function listSessions({
  ctx,
  input,
  sessionId,
}: {
  ctx: Context
  input: unknown
  sessionId: string | null
}): Promise<Page<LoginSession>> {
  const { id: userId } = signedIn(ctx)
  const { cursor, limit } = parseInput(pageQuerySchema, input)
  const rows = await ctx.db
    .select()
    .from(loginSessions)
    .where(
      and(
        eq(loginSessions.userId, userId),
        isNull(loginSessions.revokedAt),
        sql`${loginSessions.expiresAt} > now()`,
        cursor ? lt(loginSessions.id, decodeCursor(cursor, ['id'])[0]!) : undefined,
      ),
    )
    .orderBy(desc(loginSessions.id))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ id }) => [id],
    ({ id, via, address, userAgent, createdAt, lastSeenAt, expiresAt }) => ({
      ...{ id, current: id === sessionId, via, address, userAgent },
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }),
  )
}
