import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import postgres from 'postgres'
import { hashOfToken } from '#lib/users/tokens.ts'
import { type OidcServer, startOidc } from '#tests/support/oidc.ts'
import { expectAccessible, expectFits } from './stocked.ts'
import { startSystem } from './system.ts'
import { test as base } from './whole-page.ts'

const PASSWORD = 'correct horse battery'
const OWNER = 'owner@studio.example'

type Door = { origin: string; oidc: OidcServer; sql: postgres.Sql }

/** A File Orbit with an owner, and a real OpenID Connect provider on loopback to sign in with. */
const test = base.extend<object, { door: Door }>({
  door: [
    async ({ browserName: _ }, use) => {
      const ends: (() => unknown)[] = []
      const oidc = await startOidc((end) => ends.push(end))
      const system = await startSystem(
        {
          ...{ FILE_ORBIT_ADMIN_EMAIL: OWNER, FILE_ORBIT_ADMIN_PASSWORD: PASSWORD },
          ...oidc.settings,
        },
        (line) => line.includes('is ready at'),
      )
      oidc.serve(system.origin)
      const url = readFileSync(join(system.folder, 'data', 'database-url'), 'utf8').trim()
      const sql = postgres(url, { max: 2 })
      await use({ origin: system.origin, oidc, sql })
      await sql.end({ timeout: 1 })
      await system.stop()
      for (const end of ends) await end()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

let count = 0
function someone({ oidc }: Door, more: object = {}): string {
  count += 1
  const email = `person-${count}@studio.example`
  oidc.person = { sub: `sub-${count}`, email, email_verified: true, ...more }
  return email
}

/** Of a page that still comes, what has come stands beside it, hidden, until it is put in its place. */
const seen = (page: Page, text: string) => page.getByText(text).filter({ visible: true })

const service = (page: Page) => page.getByRole('button', { name: 'Continue with Studio ID' })

async function withPassword(page: Page, password: string): Promise<void> {
  // What is typed while an answer is on its way is gone when the form is emptied after it.
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled()
  await page.getByLabel('E-mail').fill(OWNER)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('an invited person signs in with the service and lands on the page that was asked for', async ({
  page,
  door,
}) => {
  const email = someone(door)
  await door.sql`insert into invitations (id, email, role, token_hash, created_by, expires_at)
    values (${crypto.randomUUID()}, ${email}, 'operator', ${crypto.randomUUID()}, 'x', now() + interval '1 day')`
  await page.goto(`${door.origin}/sign-in?to=/endpoints`)
  await expectAccessible(page)
  await expectFits(page)
  await service(page).click()
  await page.waitForURL(`${door.origin}/endpoints`)
  await expect(page.getByRole('heading', { name: 'Endpoints' })).toBeVisible()
  await page.getByRole('button', { name: 'Account' }).click()
  await expect(page.getByText(email, { exact: true })).toBeVisible()
})

test('an invitation may be accepted by the service, from its own page', async ({ page, door }) => {
  const email = someone(door)
  const token = crypto.randomUUID()
  await door.sql`insert into invitations (id, email, role, token_hash, created_by, expires_at)
    values (${crypto.randomUUID()}, ${email}, 'viewer', ${hashOfToken(token)}, 'x', now() + interval '1 day')`
  await page.goto(`${door.origin}/invite?token=${token}`)
  await expect(page.getByText(`The account there must have the address ${email}`)).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await service(page).click()
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  const [user] = await door.sql`select role, password_hash from users where email = ${email}`
  expect(user).toEqual({ role: 'viewer', password_hash: null })
  await page.goto(`${door.origin}/invite?token=${token}`)
  await expect(page.getByRole('heading', { name: 'This link does not work any more' })).toBeVisible()
})

test('who asks for nothing in particular lands on the overview', async ({ page, door }) => {
  await page.goto(`${door.origin}/sign-in?to=//evil.example`)
  await withPassword(page, PASSWORD)
  await page.waitForURL(`${door.origin}/overview`)
})

test('an uninvited person reads why, whom to ask, and which address was used', async ({ page, door }) => {
  const email = someone(door)
  await page.goto(`${door.origin}/sign-in`)
  await service(page).click()
  await expect(page.getByRole('alert').getByText(`${email} is not invited.`)).toBeVisible()
  await expect(page.getByText('Ask an owner of this File Orbit to invite that address')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
})

test('an address that nobody vouches for has its own sentence', async ({ page, door }) => {
  const email = someone(door, { email_verified: false })
  await page.goto(`${door.origin}/sign-in`)
  await service(page).click()
  await expect(page.getByText(`Studio ID does not vouch for ${email}.`)).toBeVisible()
})

test('without scripts the button leads there too', async ({ browser, door }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  const email = someone(door)
  await page.goto(`${door.origin}/sign-in`)
  await service(page).click()
  await expect(page.getByText(`${email} is not invited.`)).toBeVisible()
  await context.close()
})

test('somebody signed in links an account, signs in with it, and unlinks it', async ({ page, door }) => {
  // An address that is nobody's, and not vouched for: the person of the session says whose it is.
  someone(door, { email: 'private@elsewhere.example', email_verified: false })
  await page.goto(`${door.origin}/sign-in?to=/account`)
  await withPassword(page, PASSWORD)
  await page.getByRole('button', { name: 'Link Studio ID' }).click()
  await expect(seen(page, 'The account is linked.')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)

  // The page would notice that its session is gone, and lead away by itself.
  await page.goto('about:blank')
  await page.context().clearCookies()
  await page.goto(`${door.origin}/sign-in?to=/account`)
  await service(page).click()
  await page.getByRole('button', { name: 'Unlink Studio ID' }).click()
  await expect(seen(page, 'The account is unlinked.')).toBeVisible()

  // Given up on the way: what comes later is a sign-in of its own, not a link.
  // The page would notice that its session is gone, and lead away by itself.
  await page.goto('about:blank')
  await page.context().clearCookies()
  await page.goto(`${door.origin}/sign-in?to=/account`)
  await withPassword(page, PASSWORD)
  await page.route(`${door.oidc.issuer}/**`, (route) => route.abort('aborted'))
  const givenUp = page.waitForEvent('requestfailed', (request) => request.url().startsWith(door.oidc.issuer))
  await page.getByRole('button', { name: 'Link Studio ID' }).click()
  await givenUp
  await page.unroute(`${door.oidc.issuer}/**`)
  // The page would notice that its session is gone, and lead away by itself.
  await page.goto('about:blank')
  await page.context().clearCookies({ name: 'authjs.session-token' })
  const email = someone(door)
  await page.goto(`${door.origin}/sign-in`)
  await service(page).click()
  await expect(page.getByText(`${email} is not invited.`)).toBeVisible()
  const linked =
    await door.sql`select 1 from identities i join users u on u.id = i.user_id where u.email = ${OWNER}`
  expect(linked).toHaveLength(0)
})

test('a sign-in that is too old links nothing, and says how', async ({ page, door }) => {
  await page.goto(`${door.origin}/sign-in?to=/account`)
  await withPassword(page, PASSWORD)
  const link = page.getByRole('button', { name: 'Link Studio ID' })
  await expect(link).toBeEnabled()
  await door.sql`update login_sessions set created_at = now() - interval '16 minutes'`
  await link.click()
  await expect(page.getByText('You signed in too long ago to add a way in.')).toBeVisible()
  await expect(link).toBeDisabled()
  await expect(page.getByText('sign out and in again first')).toBeVisible()
})

test('after five wrong passwords the page says how long to wait', async ({ page, door }) => {
  await page.goto(`${door.origin}/sign-in`)
  const wrong = page.getByText('The e-mail address or the password is wrong.')
  await door.sql`delete from sign_in_counts`
  // Nobody has signed in from this address lately, as far as anybody knows.
  await door.sql`update login_sessions set address = null`
  const sent = () => page.waitForResponse((answer) => answer.request().method() === 'POST')
  for (let n = 0; n < 5; n += 1) {
    const answered = sent()
    await withPassword(page, 'not the password')
    await answered
    await expect(wrong).toBeVisible()
  }
  await withPassword(page, PASSWORD)
  await expect(page.getByText(/Too many failed sign-ins\. Try again in \d+ seconds\./)).toBeVisible()
  await expectAccessible(page)
  await door.sql`delete from sign_in_counts`
  await withPassword(page, PASSWORD)
  await page.waitForURL(`${door.origin}/overview`)
})
