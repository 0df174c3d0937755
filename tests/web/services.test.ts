import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eq } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { identities } from '#lib/db/schema/users.ts'
import { PlainBrowser, words } from '#tests/support/browser.ts'
import { startServices } from '#tests/support/services.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

// GitHub and Google by servers on loopback that speak as their documents say. The real ones were not reached.

const database = await freshDatabase(afterAll)
await makeUser(database, 'owner')
const services = await startServices(afterAll)
const divert = pathToFileURL(join(import.meta.dirname, 'fixtures', 'services.mjs'))
divert.searchParams.set('to', services.url)
process.env.NODE_OPTIONS = `--import=${divert.href}`
const web = await startWeb(database.url, afterAll, services.settings)
delete process.env.NODE_OPTIONS

/** A user, and a browser that finds its way to the servers here. */
async function user() {
  const { id, email } = await makeUser(database, 'viewer')
  const browser = new PlainBrowser()
  browser.onRedirect = services.divert
  const linked = () => database.db.select().from(identities).where(eq(identities.userId, id))
  return { email, browser, linked }
}

let count = 1000
function nextId(): number {
  count += 1
  return count
}

test('the page offers both, and its policy lets a form lead there', async () => {
  const page = await new PlainBrowser().get(`${web.url}/sign-in`)
  expect(words(page)).toContain('Continue with GitHub Continue with Google')
  expect(page.headers.get('content-security-policy')).toContain(
    "form-action 'self' https://github.com https://accounts.google.com;",
  )
})

describe('GitHub', () => {
  test('signs in by the primary address that it has verified, known by its number ever after', async () => {
    const { email, browser, linked } = await user()
    const id = nextId()
    services.github = {
      user: { id, login: 'octo', email: 'shown@elsewhere.example' },
      emails: [
        { email: 'other@elsewhere.example', primary: false, verified: true },
        { email, primary: true, verified: true },
      ],
    }
    const page = await browser.signInWith(web.url, 'github')
    expect([new URL(page.url).pathname, page.status]).toEqual(['/overview', 200])
    expect(await linked()).toMatchObject([{ provider: 'github', subject: String(id), email }])
    // Renamed, and with another address.
    services.github = { user: { id, login: 'renamed' }, emails: [] }
    const again = new PlainBrowser()
    again.onRedirect = services.divert
    expect(new URL((await again.signInWith(web.url, 'github')).url).pathname).toBe('/overview')
  })

  test('counts for nothing with an address that is shown, not primary, or not verified', async () => {
    const { email, browser, linked } = await user()
    const others = [
      [],
      [{ email, primary: true, verified: false }],
      [{ email, primary: false, verified: true }],
    ]
    for (const emails of others) {
      services.github = { user: { id: nextId(), login: 'octo', email }, emails }
      expect(words(await browser.signInWith(web.url, 'github'))).toMatch(
        /GitHub does not vouch for|GitHub told no confirmed e-mail address/,
      )
      expect(browser.session).toBeUndefined()
    }
    expect(await linked()).toEqual([])
  })

  test('that does not tell the addresses lets nobody in', async () => {
    const { browser } = await user()
    services.github = { user: { id: nextId(), login: 'octo' }, emails: 403 }
    expect(words(await browser.signInWith(web.url, 'github'))).toContain('Signing in did not work.')
    expect(web.output()).toContain('GitHub answered 403 to /user/emails')
  })
})

describe('Google', () => {
  test('signs in by an address that it vouches for', async () => {
    const { email, browser, linked } = await user()
    services.google = { sub: String(nextId()), email, email_verified: true }
    expect(new URL((await browser.signInWith(web.url, 'google')).url).pathname).toBe('/overview')
    expect(await linked()).toMatchObject([{ provider: 'google', email }])
  })

  test('counts for nothing with one that it does not', async () => {
    const { email, browser, linked } = await user()
    services.google = { sub: String(nextId()), email, email_verified: false }
    expect(words(await browser.signInWith(web.url, 'google'))).toContain(
      `Google does not vouch for ${email}.`,
    )
    expect(await linked()).toEqual([])
  })

  test.each([
    ['for another client', { aud: 'somebody-else' }],
    ['by another issuer', { iss: 'https://evil.example' }],
    ['with another nonce', { nonce: 'mine' }],
    ['that has ended', { exp: 1_700_000_000 }],
  ])('with an ID token %s lets nobody in', async (_, claims) => {
    const { email, browser } = await user()
    services.google = { sub: String(nextId()), email, email_verified: true, ...claims }
    expect(words(await browser.signInWith(web.url, 'google'))).toContain('Signing in did not work.')
    expect(browser.session).toBeUndefined()
  })
})

test('no secret is in the log', () => {
  expect(web.output()).not.toMatch(/canary-(github|google)-secret|gho_1|ya29/)
})
