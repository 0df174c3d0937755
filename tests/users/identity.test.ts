import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import type { Context } from '#lib/context.ts'
import { identities, invitations, loginSessions, type Role, users } from '#lib/db/schema/users.ts'
import { requireFreshSignIn } from '#lib/users/fresh-sign-in.ts'
import { linkIdentity, listIdentities, unlinkIdentity } from '#lib/users/identities.ts'
import { openSession } from '#lib/users/sign-in.ts'
import { signInWithIdentity } from '#lib/users/sign-in-with-identity.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { freshDatabase, openStage } from '#tests/support/stage.ts'

const { database, ctx: all } = await openStage(afterAll)
const { db } = database

let count = 0
function unique(name: string): string {
  count += 1
  return `${name}-${count}`
}

function come(given: object, signup?: 'viewer') {
  const input = { provider: 'oidc', subject: unique('sub'), email: null, emailVerified: true, ...given }
  return signInWithIdentity({ ctx: { db }, input, signup, address: '192.0.2.1' })
}

async function invite(email: string, role: Role, more: object = {}): Promise<string> {
  const [row] = await db
    .insert(invitations)
    .values({
      ...{ email, role, tokenHash: unique('hash'), createdBy: 'an owner' },
      expiresAt: sql`now() + interval '1 day'`,
      ...more,
    })
    .returning({ id: invitations.id })
  return row!.id
}

const usersAt = (email: string) => db.select().from(users).where(eq(users.email, email))

test('before the first owner nobody gets in, not even where strangers may', async () => {
  const empty = await freshDatabase(afterAll)
  const input = { provider: 'oidc', subject: '1', email: 'first@studio.example', emailVerified: true }
  expect(await signInWithIdentity({ ctx: empty, input, signup: 'viewer', address: null })).toEqual({
    ok: false,
    why: 'not_set_up',
    email: 'first@studio.example',
  })
})

const owner = await makeUser(database, 'owner')

describe('with an owner there', () => {
  test('an invited person becomes a user of the invitation’s role, once, and is known by the subject after', async () => {
    const invitation = await invite('Ann@studio.example', 'operator')
    const first = await come({ subject: 'ann', email: 'ann@Studio.example' })
    expect(first).toMatchObject({ ok: true, user: { email: 'ann@studio.example', role: 'operator' } })
    const [row] = await db.select().from(invitations).where(eq(invitations.id, invitation))
    expect(row?.acceptedAt).toBeInstanceOf(Date)
    // Another address, not even a confirmed one: the subject is who it is.
    const again = await come({ subject: 'ann', email: 'ann@married.example', emailVerified: false })
    expect(again).toEqual(first)
    expect(await come({ email: 'ann@studio.example' })).toMatchObject({ ok: false, why: 'other_account' })
  })

  test.each([
    ['expired', { expiresAt: sql`now() - interval '1 second'` }],
    ['revoked', { revokedAt: sql`now()` }],
    ['accepted', { acceptedAt: sql`now()` }],
  ])('an invitation that is %s lets nobody in', async (what, more) => {
    await invite(`${what}@studio.example`, 'viewer', more)
    expect(await come({ email: `${what}@studio.example` })).toMatchObject({ ok: false, why: 'uninvited' })
    expect(await usersAt(`${what}@studio.example`)).toEqual([])
  })

  test('an uninvited person is refused, or becomes a viewer where the settings say so', async () => {
    const email = 'stranger@elsewhere.example'
    expect(await come({ email })).toEqual({ ok: false, why: 'uninvited', email })
    expect(await come({ email }, 'viewer')).toMatchObject({ ok: true, user: { email, role: 'viewer' } })
  })

  test.each([false, 'true', 1, undefined, null])(
    'an address with email_verified %j counts for nothing',
    async (emailVerified) => {
      await invite('unsure@studio.example', 'owner')
      for (const email of ['unsure@studio.example', owner.email]) {
        expect(await come({ email, emailVerified }, 'viewer')).toMatchObject({ ok: false, why: 'unverified' })
      }
      expect(await db.select().from(identities).where(eq(identities.userId, owner.id))).toEqual([])
    },
  )

  test('no address, or none that is one, is refused as not verified', async () => {
    for (const email of [null, undefined, 'nonsense', 7]) {
      expect(await come({ email }, 'viewer')).toEqual({ ok: false, why: 'unverified', email: null })
    }
  })

  test('a user with the vouched address gets the account linked', async () => {
    const { id, email } = await makeUser(database, 'operator')
    expect(await come({ subject: 'linked', email: email.toUpperCase() })).toMatchObject({
      ok: true,
      user: { id },
    })
    const rows = await db.select().from(identities).where(eq(identities.userId, id))
    expect(rows).toMatchObject([{ provider: 'oidc', subject: 'linked', email, lastUsedAt: expect.any(Date) }])
  })

  test('a disabled user is refused, known by the subject or by the address, and nothing is linked', async () => {
    const { id, email } = await makeUser(database, 'viewer')
    await come({ subject: 'gone', email })
    const other = await makeUser(database, 'viewer')
    await db.update(users).set({ disabledAt: sql`now()` }).where(sql`${users.id} in (${id}, ${other.id})`)
    expect(await come({ subject: 'gone', email })).toMatchObject({ ok: false, why: 'disabled' })
    expect(await come({ email: other.email })).toMatchObject({ ok: false, why: 'disabled' })
    expect(await db.select().from(identities).where(eq(identities.userId, other.id))).toEqual([])
  })

  test('ten of the same at once make one user', async () => {
    await invite('crowd@studio.example', 'viewer')
    const done = await Promise.all(
      Array.from({ length: 10 }, () => come({ subject: 'crowd', email: 'crowd@studio.example' })),
    )
    expect(new Set(done.map((one) => one.ok && one.user.id)).size).toBe(1)
    expect(done.every(({ ok }) => ok)).toBe(true)
  })

  test('each way in is audited with its service; refusals once for an address', async () => {
    for (let n = 0; n < 3; n += 1) await come({ subject: 'loud', email: 'loud@elsewhere.example' })
    const rows = await database.sql`select action, detail from audit_entries
      where detail->>'email' in ('ann@studio.example', 'loud@elsewhere.example') order by id`
    expect(rows.map(({ action }) => action)).toEqual([
      ...['invitation.accept', 'identity.link', 'user.sign_in', 'user.sign_in'],
      ...['user.sign_in_refused', 'user.sign_in_refused'],
    ])
    // As by the link: the invitation is what was accepted.
    expect(rows[0]!.detail).toMatchObject({ role: 'operator', via: 'oidc' })
    expect(rows.at(-1)?.detail).toEqual({
      ...{ email: 'loud@elsewhere.example', address: '192.0.2.1', via: 'oidc', why: 'uninvited' },
    })
  })
})

describe('a signed-in person', () => {
  async function person(minutesAgo = 0): Promise<{ ctx: Context; sessionId: string; id: string }> {
    const { id, email } = await makeUser(database, 'viewer')
    const place = { address: null, userAgent: null }
    const sessionId = await openSession({ ctx: { db }, userId: id, via: 'password', place, replaces: null })
    await db
      .update(loginSessions)
      .set({ createdAt: sql`now() - make_interval(mins => ${minutesAgo})` })
      .where(eq(loginSessions.id, sessionId))
    return {
      id,
      sessionId,
      ctx: { ...all.viewer, actor: { type: 'user', id, role: 'viewer', label: email } },
    }
  }
  const github = (subject: string) => ({ provider: 'github', subject, email: null, emailVerified: false })

  test('links an account elsewhere, sees it, and unlinks it', async () => {
    const me = await person()
    expect(await linkIdentity({ ...me, input: github('link-1') })).toBe('linked')
    expect(await linkIdentity({ ...me, input: github('link-1') })).toBe('linked')
    const listed = await listIdentities(me)
    expect(listed).toMatchObject({
      hasPassword: true,
      isFresh: true,
      items: [{ provider: 'github', email: '' }],
    })
    await unlinkIdentity({ ctx: me.ctx, id: listed.items[0]!.id })
    expect((await listIdentities(me)).items).toEqual([])
  })

  test('never takes somebody else’s account, nor two of one service', async () => {
    const [me, other] = [await person(), await person()]
    expect(await linkIdentity({ ...other, input: github('theirs') })).toBe('linked')
    expect(await linkIdentity({ ...me, input: github('theirs') })).toBe('taken')
    expect(await linkIdentity({ ...other, input: github('second') })).toBe('another')
    expect((await listIdentities(me)).items).toEqual([])
    const { items } = await listIdentities(other)
    await expect(unlinkIdentity({ ctx: me.ctx, id: items[0]!.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
    await expect(unlinkIdentity({ ctx: me.ctx, id: 'bogus' })).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('keeps the last way in', async () => {
    const me = await person()
    await linkIdentity({ ...me, input: github('last') })
    await db.update(users).set({ passwordHash: null }).where(eq(users.id, me.id))
    const [one] = (await listIdentities(me)).items
    await expect(unlinkIdentity({ ctx: me.ctx, id: one!.id })).rejects.toMatchObject({ kind: 'conflict' })
    await linkIdentity({ ...me, input: { ...github('other'), provider: 'google' } })
    // Of two at once one stays.
    const { items } = await listIdentities(me)
    const done = await Promise.allSettled(items.map(({ id }) => unlinkIdentity({ ctx: me.ctx, id })))
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await listIdentities(me)).items).toHaveLength(1)
  })

  test('who signed in long ago, or whose session is another’s or has ended, links nothing', async () => {
    const [late, me, other] = [await person(6), await person(), await person()]
    expect((await listIdentities(late)).isFresh).toBe(false)
    await expect(requireFreshSignIn(late)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(requireFreshSignIn(me)).resolves.toBeUndefined()
    const theirs = { ...me, sessionId: other.sessionId }
    await expect(requireFreshSignIn(theirs)).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await linkIdentity({ ...theirs, input: github('stale-1') })).toBe('stale')
    await db.update(loginSessions).set({ revokedAt: sql`now()` }).where(eq(loginSessions.id, me.sessionId))
    expect(await linkIdentity({ ...me, input: github('stale-2') })).toBe('stale')
    const longAgo = await person(21)
    expect(await linkIdentity({ ...longAgo, input: github('stale-3') })).toBe('stale')
  })

  test('only people have accounts elsewhere', async () => {
    for (const who of ['viewerKey', 'agent', 'system'] as const) {
      const given = { ctx: all[who], sessionId: crypto.randomUUID() }
      await expect(listIdentities(given)).rejects.toMatchObject({ kind: 'forbidden' })
      await expect(linkIdentity({ ...given, input: github('x') })).rejects.toMatchObject({
        kind: 'forbidden',
      })
    }
  })
})
