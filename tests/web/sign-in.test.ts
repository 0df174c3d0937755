import { desc, eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { freePort } from '#bin/ports.ts'
import { identities, invitations, loginSessions, users } from '#lib/db/schema/users.ts'
import { PlainBrowser, words } from '#tests/support/browser.ts'
import { OIDC_SECRET, startOidc } from '#tests/support/oidc.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { startWeb, type WebProcess } from '#tests/support/web.ts'

// A real OpenID Connect provider and the built web, spoken to as a browser without scripts would.

const database = await freshDatabase(afterAll)
const { db } = database
const oidc = await startOidc(afterAll)
const web = await serve({})

async function serve(settings: Record<string, string>): Promise<WebProcess> {
  const started = await startWeb(database.url, afterAll, {
    ...{ PORT: String(await freePort()), ...oidc.settings },
    ...settings,
  })
  oidc.serve(started.url)
  return started
}

let count = 0
function someone(more: object = {}) {
  count += 1
  const email = `person-${count}@studio.example`
  oidc.person = { sub: `sub-${count}`, email, email_verified: true, ...more }
  return { sub: oidc.person.sub, email }
}

async function invite(email: string): Promise<void> {
  const expiresAt = sql`now() + interval '1 day'`
  const link = { tokenHash: crypto.randomUUID(), createdBy: 'an owner', expiresAt }
  await db.insert(invitations).values({ email, role: 'operator', ...link })
}

async function isSignedIn(browser: PlainBrowser, url = web.url): Promise<boolean> {
  const answer = await fetch(`${url}/api/v1/jobs`, { headers: { cookie: browser.cookie } })
  return answer.status === 200
}

test('before the set-up nobody gets in, and the page says why', async () => {
  const browser = new PlainBrowser()
  const page = await browser.get(`${web.url}/sign-in`)
  expect(words(page)).toContain('File Orbit has no owner yet.')
  expect(words(page)).not.toContain('Studio ID')
  someone()
  expect(words(await browser.signInWith(web.url, 'oidc'))).toContain('File Orbit has no owner yet.')
  expect(await isSignedIn(browser)).toBe(false)
  expect(await db.select().from(users)).toEqual([])
  await makeUser(database, 'owner')
})

describe('by OpenID Connect', () => {
  test('an invited person gets in, lands on the overview, and is known again', async () => {
    const { sub, email } = someone()
    await invite(email)
    const browser = new PlainBrowser({ 'user-agent': 'Firefox of the tests' })
    expect(words(await browser.get(`${web.url}/sign-in`))).toContain('Continue with Studio ID')
    expect(new URL((await browser.signInWith(web.url, 'oidc')).url).pathname).toBe('/overview')
    const [user] = await db.select().from(users).where(eq(users.email, email))
    expect(user).toMatchObject({ role: 'operator', passwordHash: null })
    const sessions = await db.select().from(loginSessions).where(eq(loginSessions.userId, user!.id))
    expect(sessions).toMatchObject([
      {
        via: 'oidc',
        userAgent: 'Firefox of the tests',
        address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      },
    ])
    // The address may change at the service, the account stays the same.
    oidc.person = { sub, email: 'another@elsewhere.example', email_verified: false }
    const later = new PlainBrowser()
    await later.signInWith(web.url, 'oidc', '/jobs?state=failed')
    expect(await isSignedIn(later)).toBe(true)
    expect(await db.select().from(users).where(eq(users.email, 'another@elsewhere.example'))).toEqual([])
  })

  test('where it was asked to go it goes, on this server only', async () => {
    await invite(someone().email)
    const asked = async (to: string) =>
      new URL((await new PlainBrowser().signInWith(web.url, 'oidc', to)).url)
    expect((await asked('/jobs?state=failed')).href).toBe(`${web.url}/jobs?state=failed`)
    expect((await asked(`${web.url}/endpoints`)).href).toBe(`${web.url}/endpoints`)
    for (const to of ['//evil.example', '/\\evil.example', '/\t/evil.example']) {
      expect((await asked(to)).href).toBe(`${web.url}/overview`)
    }
    // What is no path at all next-auth refuses before it begins.
    for (const to of [
      'https://evil.example',
      'javascript:alert(1)',
      `${web.url}.evil.example`,
      '@evil.example',
    ]) {
      expect((await asked(to)).origin).toBe(web.url)
    }
  })

  test.each([
    ['uninvited', {}, (email: string) => `${email} is not invited. Ask an owner of this File Orbit`],
    ['unverified', { email_verified: false }, (email: string) => `Studio ID does not vouch for ${email}.`],
    ['unverified', { email_verified: 'true' }, (email: string) => `Studio ID does not vouch for ${email}.`],
    ['unverified', { email: undefined }, () => 'Studio ID told no confirmed e-mail address.'],
  ])('an %s person (%j) is refused in clear words, and nothing is made', async (_, claims, sentence) => {
    const { email } = someone(claims)
    const browser = new PlainBrowser()
    const page = await browser.signInWith(web.url, 'oidc')
    expect(new URL(page.url).pathname).toBe('/sign-in')
    expect(words(page)).toContain(sentence(email))
    expect(page.url).not.toContain(encodeURIComponent(email))
    expect(browser.session).toBeUndefined()
    expect(await db.select().from(users).where(eq(users.email, email))).toEqual([])
  })

  test('nobody can put words into the page of a refusal', async () => {
    for (const query of ['refused=uninvited', 'refused=eyJhbGciOiJub25lIn0.e30.', 'error=<b>call+0900</b>']) {
      const page = await new PlainBrowser().get(`${web.url}/sign-in?${query}`)
      expect(page.status).toBe(200)
      expect(words(page)).toMatch(/You were not let in|Signing in did not work/)
      expect(words(page)).not.toContain('0900')
    }
  })

  test('a user with the vouched address gets the account linked; one that is disabled is refused', async () => {
    const { id, email } = await makeUser(database, 'viewer')
    someone({ email })
    const browser = new PlainBrowser()
    await browser.signInWith(web.url, 'oidc')
    expect(await isSignedIn(browser)).toBe(true)
    expect(await db.select().from(identities).where(eq(identities.userId, id))).toHaveLength(1)
    await db.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, id))
    expect(await isSignedIn(browser)).toBe(false)
    const again = new PlainBrowser()
    expect(words(await again.signInWith(web.url, 'oidc'))).toContain(`${email} is disabled here.`)
    expect(again.session).toBeUndefined()
  })
})

describe('who tampers with the way there and back', () => {
  /** Signs in as an invited person, with each redirect changed by `change`; what the log says of it. */
  async function tampered(change: (to: URL, browser: PlainBrowser) => void) {
    await invite(someone().email)
    const browser = new PlainBrowser()
    browser.onRedirect = (to) => change(to, browser)
    const said = web.output().length
    const page = await browser.signInWith(web.url, 'oidc')
    expect(browser.session).toBeUndefined()
    expect(new URL(page.url).pathname).toBe('/sign-in')
    expect(words(page)).toMatch(/Signing in did not work|You were not signed in/)
    return web.output().slice(said)
  }
  const isCallback = (to: URL) => to.pathname === '/api/auth/callback/oidc'

  test('gets in where nothing was changed', async () => {
    await invite(someone().email)
    const browser = new PlainBrowser()
    await browser.signInWith(web.url, 'oidc')
    expect(browser.session).toBeDefined()
  })

  test.each<[string, RegExp, (to: URL, browser: PlainBrowser) => unknown]>([
    [
      'a state of its own',
      /parameter.*state|state.*parameter/,
      (to) => isCallback(to) && to.searchParams.set('state', 'mine'),
    ],
    [
      'no state',
      /parameter.*state|state.*parameter/,
      (to) => isCallback(to) && to.searchParams.delete('state'),
    ],
    [
      'the answer in another browser (sign-in CSRF)',
      /state cookie was missing/,
      (to, { cookies }) => isCallback(to) && cookies.clear(),
    ],
    [
      'no verifier of PKCE',
      /pkceCodeVerifier cookie was missing/,
      (to, { cookies }) => isCallback(to) && cookies.delete('authjs.pkce.code_verifier'),
    ],
    [
      'another challenge of PKCE',
      /invalid_grant/,
      (to) => to.pathname === '/auth' && to.searchParams.set('code_challenge', 'x'.repeat(43)),
    ],
    ['another nonce', /nonce/, (to) => to.pathname === '/auth' && to.searchParams.set('nonce', 'mine')],
    [
      'no cookie of the nonce',
      /nonce cookie was missing/,
      (to, { cookies }) => isCallback(to) && cookies.delete('authjs.nonce'),
    ],
    ['another code', /invalid_grant/, (to) => isCallback(to) && to.searchParams.set('code', 'mine')],
    [
      'an error',
      /OAuthCallbackError/,
      (to) => isCallback(to) && to.searchParams.set('error', 'access_denied'),
    ],
  ])('%s: is refused', async (_, reason, change) => {
    expect(await tampered(change)).toMatch(reason)
  })

  test('an answer is taken once', async () => {
    await invite(someone().email)
    const browser = new PlainBrowser()
    let answer = ''
    const cookies = new Map<string, string>()
    browser.onRedirect = (to) => {
      if (!isCallback(to)) return
      answer = to.href
      for (const [name, value] of browser.cookies) cookies.set(name, value)
    }
    await browser.signInWith(web.url, 'oidc')
    const thief = new PlainBrowser()
    for (const [name, value] of cookies) thief.cookies.set(name, value)
    await thief.get(answer)
    expect(thief.session).toBeUndefined()
  })
})

describe('a session', () => {
  test('is new at every sign-in, and the one this browser had ends: nobody can plant one', async () => {
    const { email } = someone()
    await invite(email)
    const attacker = new PlainBrowser()
    await attacker.signInWith(web.url, 'oidc')
    expect(await isSignedIn(attacker)).toBe(true)
    // The attacker's cookie lies in the victim's browser, who then signs in.
    const victim = new PlainBrowser()
    victim.cookies.set('authjs.session-token', attacker.session!)
    await invite(someone().email)
    await victim.signInWith(web.url, 'oidc')
    expect(victim.session).not.toBe(attacker.session)
    expect(await isSignedIn(victim)).toBe(true)
    expect(await isSignedIn(attacker)).toBe(false)
    const [mine] = await db.select().from(loginSessions).orderBy(desc(loginSessions.id)).limit(1)
    expect(mine?.revokedAt).toBeNull()
  })

  test('is noted as seen at most every five minutes', async () => {
    await invite(someone().email)
    const browser = new PlainBrowser()
    await browser.signInWith(web.url, 'oidc')
    const read = async () =>
      (await db.select().from(loginSessions).orderBy(desc(loginSessions.id)).limit(1))[0]!
    const { id, lastSeenAt } = await read()
    expect(await isSignedIn(browser)).toBe(true)
    expect((await read()).lastSeenAt).toEqual(lastSeenAt)
    await db
      .update(loginSessions)
      .set({ lastSeenAt: sql`now() - interval '6 minutes'` })
      .where(eq(loginSessions.id, id))
    expect(await isSignedIn(browser)).toBe(true)
    expect(Date.now() - (await read()).lastSeenAt.getTime()).toBeLessThan(60_000)
  })
})

test('where the settings say so, a stranger becomes a viewer', async () => {
  const open = await serve({ FILE_ORBIT_OAUTH_SIGNUP: 'viewer' })
  const { email } = someone()
  const browser = new PlainBrowser()
  await browser.signInWith(open.url, 'oidc')
  expect(await isSignedIn(browser, open.url)).toBe(true)
  expect(await db.select().from(users).where(eq(users.email, email))).toMatchObject([{ role: 'viewer' }])
  someone({ email_verified: false })
  expect(words(await new PlainBrowser().signInWith(open.url, 'oidc'))).toContain('does not vouch for')
  oidc.serve(web.url)
})

test('a service that does not answer is said to the person, and why to the log, without secrets', async () => {
  const dead = await serve({ FILE_ORBIT_OIDC_ISSUER: `http://localhost:${await freePort()}` })
  expect(words(await new PlainBrowser().signInWith(dead.url, 'oidc'))).toContain('Signing in did not work.')
  expect(dead.output()).toMatch(/auth: \w+: ".*(ECONNREFUSED|fetch failed|connect)/)
  oidc.serve(web.url)
  expect(web.output() + dead.output()).not.toContain(OIDC_SECRET)
  const pages = [
    await new PlainBrowser().get(`${web.url}/sign-in`),
    await new PlainBrowser().get(`${web.url}/api/auth/providers`),
  ]
  expect(pages.map(({ text }) => text).join()).not.toContain(OIDC_SECRET)
})
