import { and, desc, eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { identities, invitations, type Role, users } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { anyUser } from './first-owner.ts'
import { type Identity, identitySchema, type Refusal } from './identity.ts'
import { isOpen } from './invitation-row.ts'
import { recordRefusal, type SignedIn } from './sign-in.ts'

export type IdentityOutcome = { ok: true; user: SignedIn } | { ok: false; why: Refusal; email: string | null }

type UserRow = typeof users.$inferSelect
type Found = { user: UserRow } | { why: Refusal; userId?: string }

/**
 * Decides who gets in by an account elsewhere. Known by its subject: its user. Else only where the service
 * vouches for the address: the user of that address (the account is linked), whoever was invited by it, or, where
 * the settings say so, a new viewer. Nobody else. In one transaction, audited; input: see identitySchema.
 */
export async function signInWithIdentity({
  ctx,
  input,
  signup,
  address,
}: {
  ctx: Pick<Context, 'db'>
  input: unknown
  signup: 'viewer' | undefined
  /** Where the attempt comes from. */
  address: string | null
}): Promise<IdentityOutcome> {
  const identity = parseInput(identitySchema, input)
  const { provider: via, email } = identity
  const found = await ctx.db.transaction(async (tx) => {
    const found = await findUser(tx, identity, signup)
    if (!('user' in found)) return found
    if (found.user.disabledAt !== null) return { why: 'disabled' as const, userId: found.user.id }
    await tx.update(identities).set({ lastUsedAt: sql`now()` }).where(sameSubject(identity))
    const { id, role, email } = found.user
    await recordAudit(
      tx,
      { type: 'user', id, role, label: email },
      { action: 'user.sign_in', subjectId: id, detail: { email, via, address } },
    )
    return found
  })
  if ('user' in found) {
    const { id, email, role } = found.user
    return { ok: true, user: { id, email, role } }
  }
  const { why, userId } = found
  const attempt = { email: email ?? `${via} account ${identity.subject}`, address }
  await recordRefusal(ctx.db, { attempt, userId, via, why })
  return { ok: false, why, email }
}

async function findUser(tx: Tx, identity: Identity, signup: 'viewer' | undefined): Promise<Found> {
  const known = await userOf(tx, identity)
  if (known) return { user: known }
  if (!(await anyUser(tx))) return { why: 'not_set_up' }
  const { email } = identity
  if (email === null || !identity.emailVerified) return { why: 'unverified' }
  const user = (await userAt(tx, email)) ?? (await makeUser(tx, { ...identity, email }, signup))
  if (!user) return { why: 'uninvited' }
  // Nothing is linked to somebody who may not come in.
  if (user.disabledAt !== null) return { user }
  return (await link(tx, user, { ...identity, email })) ? { user } : { why: 'other_account', userId: user.id }
}

/** Null when nobody invited this address and the settings let no stranger in. */
async function makeUser(
  tx: Tx,
  { provider, email }: Identity & { email: string },
  signup: 'viewer' | undefined,
): Promise<UserRow | null> {
  const open = and(eq(sql`lower(${invitations.email})`, email), isOpen)
  const [invitation] = await tx
    .select()
    .from(invitations)
    .where(open)
    .orderBy(desc(invitations.createdAt))
    .limit(1)
    .for('update')
  const role: Role | undefined = invitation?.role ?? signup
  // Read again: who held the invitation until now may just have become that user, in another tab.
  if (!role) return userAt(tx, email)
  const [made] = await tx.insert(users).values({ email, role }).onConflictDoNothing().returning()
  if (!made) return userAt(tx, email)
  // All of them: a link that is still open would let somebody else in as the same person.
  if (invitation) await tx.update(invitations).set({ acceptedAt: sql`now()` }).where(open)
  await recordAudit(
    tx,
    { type: 'user', id: made.id, role, label: email },
    invitation
      ? {
          action: 'invitation.accept',
          subjectId: invitation.id,
          detail: { email, role, by: invitation.createdBy, via: provider },
        }
      : { action: 'user.sign_up', subjectId: made.id, detail: { email, role, via: provider } },
  )
  return made
}

/** False when the user has another account of this service already: which of the two is theirs, they must say. */
async function link(tx: Tx, user: UserRow, identity: Identity & { email: string }): Promise<boolean> {
  const { provider, subject, email } = identity
  const linked = await tx
    .insert(identities)
    .values({ userId: user.id, provider, subject, email })
    .onConflictDoNothing()
    .returning({ id: identities.id })
  if (linked.length === 0) return (await userOf(tx, identity))?.id === user.id
  await recordAudit(
    tx,
    { type: 'user', id: user.id, role: user.role, label: user.email },
    { action: 'identity.link', subjectId: user.id, detail: { provider, email, by: 'verified address' } },
  )
  return true
}

function sameSubject({ provider, subject }: Identity) {
  return and(eq(identities.provider, provider), eq(identities.subject, subject))
}

async function userOf(tx: Tx, identity: Identity): Promise<UserRow | undefined> {
  const [found] = await tx
    .select({ user: users })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(sameSubject(identity))
  return found?.user
}

async function userAt(tx: Tx, email: string): Promise<UserRow | null> {
  const [user] = await tx
    .select()
    .from(users)
    .where(eq(sql`lower(${users.email})`, email))
  return user ?? null
}
