import { eq } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import type { MadeApiKey } from '#lib/api-keys/schema.ts'
import type { Role } from '#lib/db/schema/users.ts'
import { users } from '#lib/db/schema/users.ts'
import { acceptInvitation } from '#lib/users/accept-invitation.ts'
import { changePassword } from '#lib/users/change-password.ts'
import type { Invitation, LoginSession, User } from '#lib/users/people-schema.ts'
import { client, keyClient } from '#tests/support/api.ts'
import { canariesIn, canariesInRows } from '#tests/support/canaries.ts'
import { makeUser, PASSWORD, signIn } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

// What each verb refuses is in tests/users; here are cookies, keys and pages of a running web.

const { ctx, database } = await openStage(afterAll)
const { db } = database
const { url } = await startWeb(database.url, afterAll)
const ownersKey = await keyClient(url, ctx, 'owner')

async function person(role: Role) {
  const { id, email } = await makeUser(database, role)
  const browser = async () => client(url, { cookie: (await signIn(url, email))!, origin: url })
  return { id, email, role, browser, page: (path: string, cookie: string) => page(path, cookie) }
}

const page = (path: string, cookie = '') =>
  fetch(`${url}${path}`, { headers: { cookie }, redirect: 'manual' })

describe('nobody raises themselves', () => {
  test.each(['viewer', 'operator'] as const)('a %s, neither by cookie nor by key', async (role) => {
    const me = await person(role)
    for (const by of [await me.browser(), await keyClient(url, ctx, role)]) {
      for (const body of [{ role: 'owner' }, { disabled: false }, {}]) {
        expect((await by.patch(`/users/${me.id}`, body)).status).toBe(403)
      }
      expect((await by.post('/invitations', { email: 'x@studio.example', role: 'owner' })).status).toBe(403)
      expect((await by.post('/api-keys', { name: 'x', role: 'owner' })).status).toBe(403)
      for (const path of ['/users', '/invitations', '/api-keys', '/audit']) {
        expect([path, (await by.get(path)).status]).toEqual([path, 403])
      }
    }
    expect(await db.select({ role: users.role }).from(users).where(eq(users.id, me.id))).toEqual([{ role }])
  })

  test('an owner does not from another site, nor by fields that are not there', async () => {
    const me = await person('owner')
    const cookie = (await signIn(url, me.email))!
    const elsewhere = client(url, { cookie, origin: 'http://evil.example' })
    const other = await person('viewer')
    expect((await elsewhere.patch(`/users/${other.id}`, { role: 'owner' })).status).toBe(403)
    const here = client(url, { cookie, origin: url })
    for (const body of [{ passwordHash: 'x' }, { email: 'x@studio.example' }, { id: me.id }]) {
      expect((await here.patch(`/users/${other.id}`, body)).status).toBe(422)
    }
  })
})

test('a role holds from the next request on, and who is disabled is out of pages and API alike', async () => {
  const them = await person('viewer')
  const cookie = (await signIn(url, them.email))!
  const browser = client(url, { cookie, origin: url })
  expect((await browser.get('/users')).status).toBe(403)
  await ownersKey.patch(`/users/${them.id}`, { role: 'owner' })
  expect((await browser.get('/users')).status).toBe(200)
  await ownersKey.patch(`/users/${them.id}`, { role: 'viewer', disabled: true })
  expect((await browser.get('/jobs')).status).toBe(401)
  expect((await page('/overview', cookie)).headers.get('location')).toBe('/sign-in')
  expect(await signIn(url, them.email)).toBeNull()
  await ownersKey.patch(`/users/${them.id}`, { disabled: false })
  expect((await browser.get('/jobs')).status).toBe(401)
  expect(await signIn(url, them.email)).not.toBeNull()
})

test('a new password ends the other cookies and leaves the one that asked', async () => {
  const me = await person('operator')
  const [here, there] = [await me.browser(), await me.browser()]
  const { items } = (await here.get<{ items: LoginSession[] }>('/sessions')).body
  expect(items.map(({ current }) => current)).toEqual([false, true])
  const asMe = { ...ctx.viewer, actor: { ...me, type: 'user', label: me.email } as const }
  const input = { current: PASSWORD, password: 'another good one' }
  await changePassword({ ctx: asMe, input, sessionId: items[1]!.id, address: null })
  expect([(await here.get('/jobs')).status, (await there.get('/jobs')).status]).toEqual([200, 401])
  expect(await signIn(url, me.email)).toBeNull()
  expect(await signIn(url, me.email, 'another good one')).not.toBeNull()
})

test('sessions are ended over REST, one’s own only', async () => {
  const [me, other] = [await person('viewer'), await person('owner')]
  const [here, there] = [await me.browser(), await me.browser()]
  const { items } = (await here.get<{ items: LoginSession[] }>('/sessions')).body
  const another = items.find(({ current }) => !current)!
  expect((await (await other.browser()).delete(`/sessions/${another.id}`)).status).toBe(404)
  expect((await here.delete(`/sessions/${another.id}`)).status).toBe(204)
  expect((await there.get('/jobs')).status).toBe(401)
  expect(await ownersKey.get('/sessions')).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('An API key does not sign in') },
  })
})

test('a key that is revoked is refused from the next request on', async () => {
  const made = (await ownersKey.post<MadeApiKey>('/api-keys', { name: 'short-lived', role: 'viewer' })).body
  const mine = client(url, { authorization: `Bearer ${made.key}` })
  expect((await mine.get('/jobs')).status).toBe(200)
  expect((await ownersKey.delete(`/api-keys/${made.id}`)).status).toBe(204)
  expect((await mine.get('/jobs')).status).toBe(401)
  expect((await ownersKey.delete(`/api-keys/${made.id}`)).status).toBe(404)
})

test('an invitation’s page asks for a password while its link is good, and says why when it is not', async () => {
  const invite = async () =>
    (
      await ownersKey.post<Invitation & { link: string }>('/invitations', {
        email: `guest-${Math.random()}@studio.example`,
        role: 'viewer',
      })
    ).body
  const [used, withdrawn] = [await invite(), await invite()]
  expect(used.link).toMatch(/^http:\/\/localhost:\d+\/invite\?token=[\w-]{32}$/)
  const pathOf = ({ link }: { link: string }) => new URL(link).pathname + new URL(link).search
  expect(await (await page(pathOf(used))).text()).toContain(used.email)
  const token = new URL(used.link).searchParams.get('token')
  await acceptInvitation({ ctx: ctx.system, input: { token, password: PASSWORD } })
  await ownersKey.delete(`/invitations/${withdrawn.id}`)
  for (const [path, why] of [
    [pathOf(used), 'It has been used'],
    [pathOf(withdrawn), 'It was withdrawn'],
    ['/invite?token=nonsense', 'Nobody made such a link'],
    ['/invite', 'Nobody made such a link'],
    ['/invite?token=a&token=b', 'Nobody made such a link'],
  ] as const) {
    const text = await (await page(path)).text()
    expect(text).toContain('This link does not work any more')
    expect(text).toContain(why)
    expect(text).not.toContain(used.email)
  }
  expect(await signIn(url, used.email)).not.toBeNull()
})

test('pages tell those who may not see them why', async () => {
  const me = await person('operator')
  const cookie = (await signIn(url, me.email))!
  for (const path of ['/people', '/people?tab=keys', '/audit']) {
    // React puts a comment between the words.
    expect((await (await page(path, cookie)).text()).includes('This page needs an')).toBe(true)
  }
  expect((await page('/account', cookie)).status).toBe(200)
})

test('no answer and no row holds a secret that was told once', async () => {
  const idempotent = { 'idempotency-key': 'secrets' }
  const made = await ownersKey.post<MadeApiKey>('/api-keys', { name: 'canary', role: 'owner' }, idempotent)
  const invited = await ownersKey.post<{ link: string }>('/invitations', {
    email: 'canary@studio.example',
    role: 'viewer',
  })
  const canaries = {
    key: made.body.key!,
    token: new URL(invited.body.link).searchParams.get('token')!,
    password: PASSWORD,
  }
  const cookie = (await signIn(url, (await person('owner')).email))!
  const answers: string[] = [
    JSON.stringify(await ownersKey.post('/api-keys', { name: 'canary', role: 'owner' }, idempotent)),
  ]
  for (const path of ['/users', '/invitations', '/api-keys', '/audit?limit=200']) {
    answers.push(JSON.stringify((await ownersKey.get<{ items: User[] }>(path)).body))
  }
  for (const path of ['/people', '/people?tab=keys', '/audit', '/account']) {
    answers.push(await (await page(path, cookie)).text())
  }
  expect(answers.every((text) => text.length > 100)).toBe(true)
  expect(canariesIn(answers.join('\n'), canaries)).toEqual([])
  expect(await canariesInRows(database.url, canaries)).toEqual([])
})
