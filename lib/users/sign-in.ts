import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireAgent, systemActor } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { loginSessions, type Role, users } from '#lib/db/schema/users.ts'
import { UnavailableError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { parseInput } from '#lib/parse.ts'
import { checkPassword } from './passwords.ts'
import { signInSchema } from './schema.ts'
import { type Attempt, countAttempt, forgiveAttempt, isFirstRefusal, sweepCounts } from './throttle.ts'

export type SignedIn = { id: string; email: string; role: Role }

/** Who somebody is, or why not: wrong, or not looked at for `seconds`, or not looked at since too many wait. */
export type SignInOutcome =
  | { outcome: 'in'; user: SignedIn }
  | { outcome: 'wrong' }
  | { outcome: 'wait'; seconds: number }
  | { outcome: 'busy' }

/**
 * The user whose e-mail and password these are: a wrong password, an unknown address and a disabled user answer
 * alike, take as long and are slowed alike. `address` is where the attempt comes from. Audited: each sign-in, and
 * refusals once in a while for an account and an address.
 */
export async function signIn({
  ctx,
  input,
  address,
}: {
  ctx: Pick<Context, 'db'>
  input: unknown
  address: string | null
}): Promise<SignInOutcome> {
  const { email, password } = parseInput(signInSchema, input)
  const attempt = { email, address }
  const seconds = await countAttempt(ctx.db, attempt)
  if (seconds > 0) return { outcome: 'wait', seconds }
  const [user] = await ctx.db
    .select()
    .from(users)
    .where(eq(sql`lower(${users.email})`, email))
  const right = await checkInTurn(ctx.db, attempt, user?.passwordHash ?? null, password)
  if (right === null) return { outcome: 'busy' }
  if (user === undefined || !right || user.disabledAt !== null) {
    await recordRefusal(ctx.db, { attempt, userId: user?.id, via: 'password' })
    return { outcome: 'wrong' }
  }
  await forgiveAttempt(ctx.db, attempt, { checked: true })
  await ctx.db.transaction((tx) =>
    recordAudit(
      tx,
      { type: 'user', id: user.id, role: user.role, label: user.email },
      { action: 'user.sign_in', subjectId: user.id, detail: { email, via: 'password', address } },
    ),
  )
  return { outcome: 'in', user: { id: user.id, email: user.email, role: user.role } }
}

/** Null when too many hashes are waited for. */
async function checkInTurn(
  db: Db,
  attempt: Attempt,
  stored: string | null,
  password: string,
): Promise<boolean | null> {
  try {
    return await checkPassword(stored, password)
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    await forgiveAttempt(db, attempt, { checked: false })
    return null
  }
}

/** One row for an account and an address in a while: a stranger must not fill the audit by guessing. */
export async function recordRefusal(
  db: Db,
  refusal: { attempt: Attempt; userId?: string | undefined; via: string; why?: string },
): Promise<void> {
  const { attempt, userId, via, why } = refusal
  await db.transaction(async (tx) => {
    if (!(await isFirstRefusal(tx, attempt))) return
    await recordAudit(tx, systemActor('sign-in'), {
      action: 'user.sign_in_refused',
      ...(userId !== undefined && { subjectId: userId }),
      detail: { ...attempt, via, ...(why !== undefined && { why }) },
    })
  })
}

/** How long a cookie's session row lasts without signing in again. */
export const SESSION_DAYS = 30

/** What a person knows a sign-in again by; of a user agent only as much as a page shows. */
export type SignInPlace = { address: string | null; userAgent: string | null }

/**
 * Opens the row behind a new cookie; returns its id. The one that this browser had before ends: a cookie that
 * somebody planted there is never the one that is signed in.
 */
export async function openSession({
  ctx,
  userId,
  via,
  place,
  replaces,
}: {
  ctx: Pick<Context, 'db'>
  userId: string
  /** `password`, or the provider of an identity. */
  via: string
  place: SignInPlace
  replaces: string | null
}): Promise<string> {
  return ctx.db.transaction(async (tx) => {
    if (replaces !== null) await tx.update(loginSessions).set(ended).where(live(replaces))
    const [row] = await tx
      .insert(loginSessions)
      .values({
        ...{ userId, via, address: place.address, userAgent: place.userAgent?.slice(0, 400) ?? null },
        expiresAt: sql`now() + make_interval(days => ${SESSION_DAYS})`,
      })
      .returning({ id: loginSessions.id })
    return row!.id
  })
}

/** Written this seldom: it is for people to read, and each request would write a row. */
const SEEN_EVERY = sql`interval '5 minutes'`

/** The user behind a session as he is now, or null when the session or the user has ended. */
export async function readSession({
  ctx,
  sessionId,
}: {
  ctx: Pick<Context, 'db'>
  sessionId: string
}): Promise<SignedIn | null> {
  const [row] = await ctx.db
    .select({
      user: { id: users.id, email: users.email, role: users.role },
      stale: sql<boolean>`${loginSessions.lastSeenAt} < now() - ${SEEN_EVERY}`,
    })
    .from(loginSessions)
    .innerJoin(users, eq(users.id, loginSessions.userId))
    .where(
      sql`${loginSessions.id} = ${sessionId} and ${loginSessions.revokedAt} is null
        and ${loginSessions.expiresAt} > now() and ${users.disabledAt} is null`,
    )
  if (row?.stale) await noteSeen(ctx.db, sessionId)
  return row?.user ?? null
}

/** Two requests at once write it once. A database that only reads still lets people in. */
async function noteSeen(db: Db, sessionId: string): Promise<void> {
  await db
    .update(loginSessions)
    .set({ lastSeenAt: sql`now()` })
    .where(sql`${loginSessions.id} = ${sessionId} and ${loginSessions.lastSeenAt} < now() - ${SEEN_EVERY}`)
    .catch((error: Error) => log.warn({ err: error.message }, 'could not note when a session was seen'))
}

const ended = { revokedAt: sql`now()` }
const live = (id: string) => sql`${loginSessions.id} = ${id} and ${loginSessions.revokedAt} is null`

/** Ends a session: its cookie is worth nothing from the next request on. Audited, unless it had ended before. */
export async function signOut({
  ctx,
  sessionId,
}: {
  ctx: Pick<Context, 'db'>
  sessionId: string
}): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(loginSessions)
      .set(ended)
      .from(users)
      .where(and(live(sessionId), eq(users.id, loginSessions.userId)))
      .returning({ id: users.id, email: users.email, role: users.role })
    if (!row) return
    const { id, email, role } = row
    await recordAudit(
      tx,
      { type: 'user', id, role, label: email },
      { action: 'user.sign_out', subjectId: id, detail: { email } },
    )
  })
}

/** Deletes the rows of sessions that ended a week ago or longer; their cookies were worth nothing since. */
export async function sweepSessions({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db
    .delete(loginSessions)
    .where(sql`least(${loginSessions.expiresAt}, ${loginSessions.revokedAt}) < now() - interval '7 days'`)
  await sweepCounts(ctx.db)
}
