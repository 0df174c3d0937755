import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireAgent, systemActor } from '#lib/context.ts'
import { loginSessions, type Role, users } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { checkPassword } from './passwords.ts'
import { signInSchema } from './schema.ts'

export type SignedIn = { id: string; email: string; role: Role }

/**
 * The user whose e-mail and password these are, or null: a wrong password, an unknown address and a disabled
 * user answer alike and take as long. Both ends are audited.
 */
export async function signIn({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'db'>
  input: unknown
}): Promise<SignedIn | null> {
  const { email, password } = parseInput(signInSchema, input)
  const [user] = await ctx.db
    .select()
    .from(users)
    .where(eq(sql`lower(${users.email})`, email))
  const right = await checkPassword(user?.passwordHash ?? null, password)
  const allowed = user !== undefined && right && user.disabledAt === null
  await ctx.db.transaction(async (tx) => {
    const actor = allowed
      ? ({ type: 'user', id: user.id, role: user.role, label: user.email } as const)
      : systemActor('sign-in')
    await recordAudit(tx, actor, {
      action: allowed ? 'user.sign_in' : 'user.sign_in_refused',
      ...(user && { subjectId: user.id }),
      detail: { email },
    })
  })
  return allowed ? { id: user.id, email: user.email, role: user.role } : null
}

/** How long a cookie's session row lasts without signing in again. */
export const SESSION_DAYS = 30

/** Opens the row behind a new cookie; returns its id. */
export async function openSession({
  ctx,
  userId,
}: {
  ctx: Pick<Context, 'db'>
  userId: string
}): Promise<string> {
  const [row] = await ctx.db
    .insert(loginSessions)
    .values({ userId, expiresAt: sql`now() + make_interval(days => ${SESSION_DAYS})` })
    .returning({ id: loginSessions.id })
  return row!.id
}

/** The user behind a session as he is now, or null when the session or the user has ended. */
export async function readSession({
  ctx,
  sessionId,
}: {
  ctx: Pick<Context, 'db'>
  sessionId: string
}): Promise<SignedIn | null> {
  const [row] = await ctx.db
    .select({ id: users.id, email: users.email, role: users.role })
    .from(loginSessions)
    .innerJoin(users, eq(users.id, loginSessions.userId))
    .where(
      sql`${loginSessions.id} = ${sessionId} and ${loginSessions.revokedAt} is null
        and ${loginSessions.expiresAt} > now() and ${users.disabledAt} is null`,
    )
  return row ?? null
}

/** Ends a session: its cookie is worth nothing from the next request on. */
export async function endSession({
  ctx,
  sessionId,
}: {
  ctx: Pick<Context, 'db'>
  sessionId: string
}): Promise<void> {
  await ctx.db.update(loginSessions).set({ revokedAt: sql`now()` }).where(eq(loginSessions.id, sessionId))
}

/** Deletes the rows of sessions that ended a week ago or longer; their cookies were worth nothing since. */
export async function sweepSessions({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db
    .delete(loginSessions)
    .where(sql`least(${loginSessions.expiresAt}, ${loginSessions.revokedAt}) < now() - interval '7 days'`)
}
