import { and, eq, isNull, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import { listApiKeys } from '#lib/api-keys/list-api-keys.ts'
import { revokeApiKey } from '#lib/api-keys/revoke-api-key.ts'
import { listAudit } from '#lib/audit/list-audit.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries, idempotencyKeys } from '#lib/db/schema/audit.ts'
import { invitations, loginSessions, type Role, users } from '#lib/db/schema/users.ts'
import { acceptInvitation, readInvitation } from '#lib/users/accept-invitation.ts'
import { changePassword } from '#lib/users/change-password.ts'
import { endOtherSessions, endOwnSession } from '#lib/users/end-sessions.ts'
import { inviteUser } from '#lib/users/invite-user.ts'
import { listInvitations } from '#lib/users/list-invitations.ts'
import { listSessions } from '#lib/users/list-sessions.ts'
import { listUsers } from '#lib/users/list-users.ts'
import { changeOwnName, readAccount } from '#lib/users/own-account.ts'
import { revokeInvitation } from '#lib/users/revoke-invitation.ts'
import { readSession, signIn, signOut } from '#lib/users/sign-in.ts'
import { sweepInvitations } from '#lib/users/sweep-invitations.ts'
import { updateUser } from '#lib/users/update-user.ts'
import { contextsOver } from '#tests/support/context.ts'
import { makeSession } from '#tests/support/session.ts'
import { makeUser, PASSWORD } from '#tests/support/sign-in.ts'
import { freshDatabase, openStage } from '#tests/support/stage.ts'

// The real one, counted.
const hashes = vi.hoisted(() => ({ count: 0 }))
vi.mock('#lib/users/passwords.ts', async (original) => {
  const real = await original<typeof import('#lib/users/passwords.ts')>()
  const hashPassword = (password: string) => {
    hashes.count += 1
    return real.hashPassword(password)
  }
  return { ...real, hashPassword }
})

const { ctx, database } = await openStage(afterAll)
const { db } = database

const address = () => `p-${v7()}@studio.example`
const forbidden = { kind: 'forbidden' }
const conflict = { kind: 'conflict' }

async function person(role: Role = 'viewer'): Promise<Context> {
  const { id, email } = await makeUser(database, role)
  return { ...ctx.viewer, actor: { type: 'user', id, role, label: email } }
}

async function invited(email = address(), role: Role = 'operator') {
  const { invitation, token } = await inviteUser({ ctx: ctx.owner, input: { email, role } })
  return { ...invitation, token: token! }
}

const accept = (token: string, password = PASSWORD) =>
  acceptInvitation({ ctx: ctx.system, input: { token, password } })

const session = (of: Context) => makeSession(database, of.actor.id)
/** The id of whoever this lets in. */
const signedIn = async (email: string, password = PASSWORD) =>
  signIn({ ctx: ctx.system, input: { email, password }, address: null }).then((answer) =>
    answer.outcome === 'in' ? answer.user.id : null,
  )
const isOpen = async (sessionId: string) => (await readSession({ ctx: ctx.system, sessionId })) !== null

const auditOf = (subjectId: string) =>
  db.select().from(auditEntries).where(eq(auditEntries.subjectId, subjectId)).orderBy(auditEntries.id)

type Verb = [string, (ctx: Context) => Promise<unknown>]
const owning: Verb[] = [
  ['inviteUser', (ctx) => inviteUser({ ctx, input: { email: address(), role: 'viewer' } })],
  ['listInvitations', (ctx) => listInvitations({ ctx, input: {} })],
  ['revokeInvitation', async (ctx) => revokeInvitation({ ctx, id: (await invited()).id })],
  ['listUsers', (ctx) => listUsers({ ctx, input: {} })],
  [
    'updateUser',
    async (ctx) =>
      updateUser({ ctx, id: (await person()).actor.id, input: { role: 'operator', disabled: true } }),
  ],
  ['createApiKey', (ctx) => createApiKey({ ctx, input: { name: 'k', role: 'viewer' } })],
  ['listApiKeys', (ctx) => listApiKeys({ ctx, input: {} })],
  [
    'revokeApiKey',
    async (by) => {
      const { id } = await createApiKey({ ctx: ctx.owner, input: { name: 'k', role: 'viewer' } })
      await revokeApiKey({ ctx: by, id })
    },
  ],
  ['listAudit', (ctx) => listAudit({ ctx, input: {} })],
]
const ofPeople: Verb[] = [
  ['listSessions', (ctx) => listSessions({ ctx, input: {}, sessionId: null })],
  ['endOwnSession', (ctx) => endOwnSession({ ctx, id: v7() })],
  ['endOtherSessions', (ctx) => endOtherSessions({ ctx, keep: null })],
  [
    'changePassword',
    (ctx) => changePassword({ ctx, input: { password: PASSWORD }, sessionId: null, address: null }),
  ],
  ['readAccount', (ctx) => readAccount({ ctx })],
  ['changeOwnName', (ctx) => changeOwnName({ ctx, input: { name: 'x' } })],
]

describe.each(owning)('%s', (_, verb) => {
  test.each(['owner', 'system'] as const)('is for %s', async (who) => {
    await verb(ctx[who])
  })
  test.each(['viewer', 'operator', 'operatorKey', 'viewerKey', 'agent'] as const)(
    'is not for %s',
    async (who) => {
      await expect(verb(ctx[who])).rejects.toMatchObject(forbidden)
    },
  )
})

test.each(ofPeople)('%s is for people alone', async (_, verb) => {
  await expect(verb(ctx.operatorKey)).rejects.toMatchObject({
    ...forbidden,
    message: expect.stringContaining('An API key does not sign in'),
  })
  for (const who of ['agent', 'system'] as const)
    await expect(verb(ctx[who])).rejects.toMatchObject(forbidden)
})

test('sweepInvitations is for the agent, and takes those that ended a month ago', async () => {
  const [old, young, open] = [await invited(), await invited(), await invited()]
  const ended = (id: string, days: number) =>
    db
      .update(invitations)
      .set({ revokedAt: sql`now() - make_interval(days => ${days})` })
      .where(eq(invitations.id, id))
  await ended(old.id, 31)
  await ended(young.id, 29)
  await expect(sweepInvitations({ ctx: ctx.owner })).rejects.toMatchObject(forbidden)
  await sweepInvitations({ ctx: ctx.agent })
  const left = (await db.select({ id: invitations.id }).from(invitations)).map(({ id }) => id)
  expect(left).toEqual(expect.arrayContaining([young.id, open.id]))
  expect(left).not.toContain(old.id)
})

describe('an invitation', () => {
  test('makes a user of its role once, who signs in; the token lies nowhere', async () => {
    const { id, email, token } = await invited(`  ${address().toUpperCase()} `)
    expect(await readInvitation(db, token)).toEqual({ state: 'open', email, role: 'operator' })
    const made = await accept(token)
    expect(made).toMatchObject({ email, role: 'operator' })
    expect(await signedIn(email)).toBe(made.id)
    expect((await auditOf(id)).map(({ action }) => action)).toEqual([
      'invitation.create',
      'invitation.accept',
    ])
    expect(await readInvitation(db, token)).toMatchObject({ state: 'accepted' })
    await expect(accept(token)).rejects.toMatchObject({ ...forbidden, message: /has been used/ })
    const rows = [...(await db.select().from(invitations)), ...(await db.select().from(auditEntries))]
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test('of one address takes the place of the one before, from two owners at once too', async () => {
    const email = address()
    const first = await invited(email)
    const [second, third] = await Promise.all([invited(email, 'viewer'), invited(email, 'viewer')])
    const states = await Promise.all(
      [first, second, third].map(async ({ token }) => (await readInvitation(db, token)).state),
    )
    expect(states[0]).toBe('revoked')
    expect(states.slice(1).sort()).toEqual(['open', 'revoked'])
    await expect(accept(first.token)).rejects.toMatchObject({ ...forbidden, message: /withdrawn/ })
  })

  test('that is withdrawn, too old or unknown lets nobody in', async () => {
    const [withdrawn, old] = [await invited(), await invited()]
    await revokeInvitation({ ctx: ctx.owner, id: withdrawn.id })
    await db
      .update(invitations)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(invitations.id, old.id))
    await expect(accept(withdrawn.token)).rejects.toMatchObject({ ...forbidden, message: /withdrawn/ })
    await expect(accept(old.token)).rejects.toMatchObject({ ...forbidden, message: /older than 7 days/ })
    await expect(accept('nonsense')).rejects.toMatchObject({
      ...forbidden,
      message: /Nobody made such a link/,
    })
    await expect(revokeInvitation({ ctx: ctx.owner, id: withdrawn.id })).rejects.toMatchObject(conflict)
    const listed = (await listInvitations({ ctx: ctx.owner, input: { limit: 200 } })).items
    const stateOf = (id: string) => listed.find((one) => one.id === id)?.state
    expect([stateOf(withdrawn.id), stateOf(old.id)]).toEqual(['revoked', 'expired'])
  })

  test('accepted twice at once makes one user; the other is refused', async () => {
    const { email, token } = await invited()
    const ends = await Promise.allSettled([accept(token), accept(token, 'another password')])
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = ends.find((end) => end.status === 'rejected') as PromiseRejectedResult
    expect(refused.reason).toMatchObject({ ...forbidden, message: /has been used/ })
    expect(await db.$count(users, eq(users.email, email))).toBe(1)
  })

  test('for somebody who is here already is refused, when made and when accepted', async () => {
    const { label } = (await person()).actor
    const input = { email: label.toUpperCase(), role: 'owner' }
    await expect(inviteUser({ ctx: ctx.owner, input })).rejects.toMatchObject(conflict)
    const late = await invited()
    await db.insert(users).values({ email: late.email, role: 'viewer' })
    await expect(accept(late.token)).rejects.toMatchObject({ ...conflict, message: /a user already/ })
    expect(await db.select({ role: users.role }).from(users).where(eq(users.email, late.email))).toEqual([
      { role: 'viewer' },
    ])
  })

  test('checks its token before a password is hashed, and keeps the link on a short password', async () => {
    const { token } = await invited()
    await expect(accept(token, 'short')).rejects.toMatchObject({ kind: 'invalid' })
    expect((await readInvitation(db, token)).state).toBe('open')
    hashes.count = 0
    await expect(accept('wrong')).rejects.toMatchObject(forbidden)
    expect(hashes.count).toBe(0)
    await accept(token)
    expect(hashes.count).toBe(1)
  })
})

test.each([
  [
    'inviteUser',
    (c: Context) => inviteUser({ ctx: c, input: { email: 'once@studio.example', role: 'viewer' } }),
    'token',
  ],
  ['createApiKey', (c: Context) => createApiKey({ ctx: c, input: { name: 'once', role: 'viewer' } }), 'key'],
] as const)(
  '%s tells its secret once: a repeated Idempotency-Key has none, nor has its row',
  async (_, run, field) => {
    const repeated = { ...ctx.owner, idempotencyKey: `once-${field}` }
    const first = (await run(repeated)) as unknown as Record<string, string | null>
    const again = (await run(repeated)) as unknown as Record<string, string | null>
    expect(first[field]).toMatch(/^\S{20,}$/)
    expect(again).toEqual({ ...first, [field]: null })
    const [row] = await db
      .select()
      .from(idempotencyKeys)
      .where(eq(idempotencyKeys.key, `once-${field}`))
    expect(JSON.stringify(row)).not.toContain(first[field])
  },
)

describe('a user', () => {
  test('changes role and is disabled and enabled, each audited once; disabling ends the sessions', async () => {
    const them = await person()
    const { id, label } = them.actor
    const [one, two] = [await session(them), await session(them)]
    expect(await updateUser({ ctx: ctx.owner, id, input: { role: 'operator' } })).toMatchObject({
      ...{ id, email: label, role: 'operator', disabledAt: null },
      lastSeenAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(await readSession({ ctx: ctx.system, sessionId: one })).toMatchObject({ role: 'operator' })
    await updateUser({ ctx: ctx.owner, id, input: { role: 'operator', disabled: true } })
    expect(await Promise.all([isOpen(one), isOpen(two)])).toEqual([false, false])
    expect(await signedIn(label)).toBeNull()
    await updateUser({ ctx: ctx.owner, id, input: { disabled: false } })
    // Ended is ended: only a new sign-in lets them in again.
    expect(await isOpen(one)).toBe(false)
    expect(await signedIn(label)).not.toBeNull()
    const actions = (await auditOf(id)).filter(({ actorId }) => actorId === ctx.owner.actor.id)
    expect(actions.map(({ action, detail }) => [action, detail])).toEqual([
      ['user.change_role', { email: label, from: 'viewer', to: 'operator' }],
      ['user.disable', { email: label }],
      ['user.enable', { email: label }],
    ])
  })

  test('that is none is not found', async () => {
    await expect(updateUser({ ctx: ctx.owner, id: v7(), input: {} })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})

describe('the last owner', () => {
  /** A database of its own, where these are all the owners there are. */
  async function owners(count: number) {
    const fresh = await freshDatabase(afterAll)
    const contexts = await contextsOver(fresh, afterAll)
    const ids: string[] = []
    for (let n = 0; n < count; n += 1) ids.push((await makeUser(fresh, 'owner')).id)
    const enabled = () => fresh.db.$count(users, and(eq(users.role, 'owner'), isNull(users.disabledAt)))
    return { ctx: contexts.owner, ids, enabled }
  }

  test.each([{ role: 'operator' }, { disabled: true }, { role: 'viewer', disabled: true }])(
    'stays one: %j is refused',
    async (input) => {
      const { ctx, ids, enabled } = await owners(2)
      await updateUser({ ctx, id: ids[0]!, input })
      await expect(updateUser({ ctx, id: ids[1]!, input })).rejects.toMatchObject({
        ...conflict,
        message: /last owner/,
      })
      expect(await enabled()).toBe(1)
      // A disabled owner does not count, and may come back.
      await updateUser({ ctx, id: ids[0]!, input: { role: 'owner', disabled: false } })
      await updateUser({ ctx, id: ids[1]!, input })
    },
  )

  test('is left when all of them are demoted or disabled at once', async () => {
    const { ctx, ids, enabled } = await owners(4)
    for (let round = 0; round < 5; round += 1) {
      const ends = await Promise.allSettled(
        ids.map((id, at) => updateUser({ ctx, id, input: at % 2 ? { role: 'viewer' } : { disabled: true } })),
      )
      expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: conflict }])
      expect(await enabled()).toBe(1)
      for (const id of ids) await updateUser({ ctx, id, input: { role: 'owner', disabled: false } })
    }
  })
})

describe('sessions', () => {
  test('are one’s own: listed with the one that asks, ended one by one or all others', async () => {
    const [me, other] = [await person(), await person()]
    const [here, there, further] = [await session(me), await session(me), await session(me)]
    const theirs = await session(other)
    const list = async () => (await listSessions({ ctx: me, input: {}, sessionId: here })).items
    expect((await list()).map(({ id, current }) => [id, current])).toEqual([
      [further, false],
      [there, false],
      [here, true],
    ])
    await endOwnSession({ ctx: me, id: there })
    await expect(endOwnSession({ ctx: me, id: there })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(endOwnSession({ ctx: me, id: theirs })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await endOtherSessions({ ctx: me, keep: here })).toBe(1)
    expect(await Promise.all([here, there, further, theirs].map(isOpen))).toEqual([true, false, false, true])
    expect((await list()).map(({ id }) => id)).toEqual([here])
  })
})

describe('a password', () => {
  test('is changed with the present one, ends the other sessions and is told in the audit without itself', async () => {
    const me = await person()
    const [here, there] = [await session(me), await session(me)]
    const change = (current: string | undefined, password: string) =>
      changePassword({
        ctx: me,
        input: { ...(current && { current }), password },
        sessionId: here,
        address: null,
      })
    for (const current of ['wrong password', undefined]) {
      await expect(change(current, 'a new password')).rejects.toMatchObject({
        kind: 'invalid',
        issues: [{ path: 'current' }],
      })
    }
    expect(await isOpen(there)).toBe(true)
    expect(await change(PASSWORD, 'a new password')).toEqual({ ended: 1 })
    expect([await isOpen(here), await isOpen(there)]).toEqual([true, false])
    const signed = (password: string) => signedIn(me.actor.label, password)
    expect([await signed(PASSWORD), await signed('a new password')]).toEqual([null, me.actor.id])
    const audit = (await auditOf(me.actor.id)).filter(({ action }) => action.includes('password'))
    expect(audit.map(({ action }) => action)).toEqual([
      'user.change_password_refused',
      'user.change_password_refused',
      'user.change_password',
    ])
    expect(JSON.stringify(audit)).not.toMatch(/a new password|correct horse/)
  })

  test('is set without one just after a sign-in by a person who came by another service', async () => {
    const me = await person()
    await db.update(users).set({ passwordHash: null }).where(eq(users.id, me.actor.id))
    expect(await readAccount({ ctx: me })).toMatchObject({ hasPassword: false })
    const [fresh, theirs] = [await session(me), await session(await person())]
    const set = (sessionId: string | null, password = 'the first one') =>
      changePassword({ ctx: me, input: { password }, sessionId, address: null })
    // Who finds the browser open later sets none, and so has none to confirm an export with.
    for (const stale of [await makeSession(database, me.actor.id, 6), theirs, null]) {
      await expect(set(stale)).rejects.toMatchObject({ ...forbidden, message: /sign out and in again/ })
    }
    expect(await readAccount({ ctx: me })).toMatchObject({ hasPassword: false })
    await set(fresh)
    expect(await readAccount({ ctx: me })).toMatchObject({ hasPassword: true })
    await expect(set(fresh, 'the second one')).rejects.toMatchObject({ kind: 'invalid' })
  })

  test('changed twice at once is changed by one', async () => {
    const me = await person()
    const change = (password: string) =>
      changePassword({ ctx: me, input: { current: PASSWORD, password }, sessionId: null, address: null })
    const ends = await Promise.allSettled([change('password one'), change('password two')])
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })
})

test('keys are listed with who made them, and gone when revoked', async () => {
  const { id } = await createApiKey({ ctx: ctx.owner, input: { name: 'nightly', role: 'operator' } })
  const mine = async () =>
    (await listApiKeys({ ctx: ctx.owner, input: { limit: 200 } })).items.find((one) => one.id === id)
  expect(await mine()).toMatchObject({ name: 'nightly', role: 'operator', createdBy: ctx.owner.actor.label })
  await db.delete(auditEntries).where(eq(auditEntries.subjectId, id))
  expect(await mine()).toMatchObject({ createdBy: null })
  await revokeApiKey({ ctx: ctx.owner, id })
  expect(await mine()).toBeUndefined()
  await expect(revokeApiKey({ ctx: ctx.owner, id })).rejects.toMatchObject({ kind: 'not_found' })
})

test('a name is one’s own and holds no line break', async () => {
  const me = await person()
  await changeOwnName({ ctx: me, input: { name: '  Ada L. ' } })
  expect(await readAccount({ ctx: me })).toMatchObject({ name: 'Ada L.' })
  await expect(changeOwnName({ ctx: me, input: { name: 'a\nb' } })).rejects.toMatchObject({ kind: 'invalid' })
})

test('signing out ends the session and is told in the audit, once', async () => {
  const me = await person()
  const id = await session(me)
  await signOut({ ctx: ctx.system, sessionId: id })
  await signOut({ ctx: ctx.system, sessionId: id })
  expect(await isOpen(id)).toBe(false)
  expect(await auditOf(me.actor.id)).toMatchObject([
    { action: 'user.sign_out', actorType: 'user', actorId: me.actor.id, actorLabel: me.actor.label },
  ])
})

test('sessions that ended stay ended in the table', async () => {
  const me = await person()
  const id = await session(me)
  await endOwnSession({ ctx: me, id })
  const [row] = await db.select().from(loginSessions).where(eq(loginSessions.id, id))
  expect(row!.revokedAt).toBeInstanceOf(Date)
})
