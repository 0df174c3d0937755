import { type Browser, type BrowserContext, expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, running, type Stocked, signIn, test } from './stocked.ts'
import { wholePages } from './whole-page.ts'

test.use({ house: 'people' })
test.describe.configure({ mode: 'serial' })

const PASSWORD = 'a password of hers'

/** One name for each project: they meet in the same File Orbit when they run after each other. */
const guestOf = (project: string) => `guest-${project}@studio.example`

/** Another person's browser: no cookie of the owner's. */
async function elsewhere<T>(browser: Browser, run: (page: Page, context: BrowserContext) => Promise<T>) {
  const context = await browser.newContext()
  try {
    return await run(wholePages(await context.newPage()), context)
  } finally {
    await context.close()
  }
}

async function signInAs(page: Page, { origin }: Stocked, email: string, password = PASSWORD): Promise<void> {
  await page.goto(`${origin}/sign-in?to=/overview`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${origin}/overview`)
}

const rowOf = (page: Page, list: string, text: string) =>
  page.getByRole('list', { name: list }).getByRole('listitem').filter({ hasText: text })

async function expectGood(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
    await expectFits(page)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

test('a person is invited, joins in another browser, is given a role that holds at once, and is put out', async ({
  page,
  stocked,
  browser,
}, { project }) => {
  const { origin } = stocked
  const email = guestOf(project.name)
  await signIn(page, stocked, 'owner', '/people')
  await expect(page.getByText('File Orbit sends no mail')).toBeVisible()
  await page.getByLabel('E-mail').fill('owner@studio.example')
  await page.getByRole('button', { name: 'Make the link' }).click()
  await expect(page.getByText('is the address of a user already')).toBeVisible()
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Make the link' }).click()
  const shown = page.getByRole('alert').filter({ hasText: `The link for ${email}` })
  await expect(shown).toContainText('It is shown this once')
  const link = (await shown.getByText(/\/invite\?token=/).textContent())!
  await expect(shown.getByRole('button', { name: 'Copy link' })).toBeVisible()
  await expect(rowOf(page, 'Invitations', email)).toContainText(/Open/)
  await expectGood(page)
  await page.reload()
  await expect(rowOf(page, 'Invitations', email)).toBeVisible()
  await expect(page.getByText(/invite\?token=/)).toHaveCount(0)

  await elsewhere(browser, async (theirs) => {
    await theirs.goto(link)
    await expect(theirs.getByText('You become a viewer')).toBeVisible()
    await expect(theirs.getByLabel('E-mail')).toHaveValue(email)
    await expectGood(theirs)
    await theirs.getByLabel('Password').fill(PASSWORD)
    await theirs.getByRole('button', { name: 'Join' }).click()
    await theirs.waitForURL(`${origin}/overview`)
    await theirs.goto(`${origin}/jobs/new`)
    await expect(theirs.getByRole('heading', { name: 'This page needs an operator' })).toBeVisible()
    for (const path of ['/people', '/audit']) {
      await theirs.goto(`${origin}${path}`)
      await expect(theirs.getByRole('heading', { name: 'This page needs an owner' })).toBeVisible()
      await expectAccessible(theirs)
    }

    // The role holds from the next request on, without another sign-in.
    await page.reload()
    await page.getByLabel(`Role of ${email}`).selectOption('operator')
    await expect(page.getByText(`${email} is an operator now`)).toBeVisible()
    await theirs.goto(`${origin}/jobs/new`)
    await expect(theirs.getByRole('heading', { name: 'New transfer' })).toBeVisible()

    await page.getByRole('button', { name: `Disable ${email}` }).click()
    await expect(page.getByRole('alertdialog')).toContainText('signed out everywhere at once')
    await expectAccessible(page)
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
    await expect(rowOf(page, 'People', email)).toContainText('Disabled')
    // The page would notice by itself that its session is gone, and lead away meanwhile.
    await theirs.goto('about:blank')
    await theirs.goto(`${origin}/jobs`)
    await theirs.waitForURL(/\/sign-in\b/)

    await theirs.goto(link)
    await expect(theirs.getByText('This link does not work any more')).toBeVisible()
    await expect(theirs.getByText('It has been used')).toBeVisible()
    await expectGood(theirs)
  })
  await page.getByRole('button', { name: `Enable ${email}` }).click()
  await expect(page.getByRole('button', { name: `Disable ${email}` })).toBeVisible()
})

test('the last owner is told why not', async ({ page, stocked }) => {
  await signIn(page, stocked, 'owner', '/people')
  const role = page.getByLabel('Role of owner@studio.example')
  await role.selectOption('viewer')
  await expect(page.getByText('This is the last owner who can sign in')).toBeVisible()
  await expect(role).toHaveValue('owner')
})

test('an invitation is withdrawn', async ({ page, stocked, browser }, { project }) => {
  const email = `late-${project.name}@studio.example`
  const { link } = await stocked.call<{ link: string }>('POST', '/invitations', { email, role: 'viewer' })
  await signIn(page, stocked, 'owner', '/people')
  await page.getByRole('button', { name: `Withdraw the invitation of ${email}` }).click()
  await page.getByRole('button', { name: 'Withdraw it' }).click()
  await expect(rowOf(page, 'Invitations', email)).toContainText('Withdrawn')
  await elsewhere(browser, async (theirs) => {
    await theirs.goto(link)
    await expect(theirs.getByText('It was withdrawn, or a newer one took its place')).toBeVisible()
  })
})

test('one’s sessions are listed and ended, a new password ends the others', async ({
  page,
  stocked,
  browser,
}, { project }) => {
  const { origin } = stocked
  const email = guestOf(project.name)
  await signInAs(page, stocked, email)
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible()
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible()
  await elsewhere(browser, (second) =>
    elsewhere(browser, async (third) => {
      await signInAs(second, stocked, email)
      await signInAs(third, stocked, email)
      await page.reload()
      const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
      await expect(sessions).toHaveCount(3)
      await expect(sessions.filter({ hasText: 'this one' })).toHaveCount(1)
      await expectGood(page)
      // The newest is the third browser's.
      await sessions.first().getByRole('button', { name: /^End / }).click()
      await expect(sessions).toHaveCount(2)
      await third.goto('about:blank')
      await third.goto(`${origin}/jobs`)
      await third.waitForURL(/\/sign-in\b/)

      await page.getByLabel('Present password').fill('not the right one')
      await page.getByLabel('New password').fill(`${PASSWORD} again`)
      await page.getByRole('button', { name: 'Change the password' }).click()
      await expect(page.getByText('This is not your present password.')).toBeVisible()
      await expectAccessible(page)
      await page.getByLabel('Present password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Change the password' }).click()
      await expect(sessions).toHaveCount(1)
      await second.goto('about:blank')
      await second.goto(`${origin}/jobs`)
      await second.waitForURL(/\/sign-in\b/)
      await signInAs(second, stocked, email, `${PASSWORD} again`)
    }),
  )
  await page.reload()
  await page.getByRole('button', { name: 'End 1 other session' }).click()
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible()
  await page.getByLabel('Name').fill('Ada')
  await page.getByRole('button', { name: 'Save the name' }).click()
  await expect(page.getByText('Your name was saved')).toBeVisible()
  await page.reload()
  await expect(page.getByLabel('Name')).toHaveValue('Ada')
})

test('a form that its script has not reached yet takes nothing, and no password gets into the address', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'owner', '/account')
  const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>()
  const early = await page.context().newPage()
  await early.route('**/_next/static/**/*.js', async (route) => {
    await mayCome
    await route.continue()
  })
  await early.goto(`${stocked.origin}/account`, { waitUntil: 'commit' })
  const change = early.getByRole('button', { name: 'Change the password', includeHidden: true })
  // As a browser's own memory of passwords does.
  for (const label of ['Present password', 'New password']) {
    await early.getByLabel(label).evaluate((field: HTMLInputElement) => {
      field.value = 'a secret of mine'
    })
  }
  // Not below the bar of a phone, which would take the click.
  await change.evaluate((button) => button.scrollIntoView({ block: 'center' }))
  await change.click({ force: true })
  letCome()
  await expect(running(early)).toBeVisible()
  await early.getByLabel('Present password').fill('not the right one')
  await early.getByLabel('New password').fill('a secret of mine')
  await change.click()
  await expect(early.getByText('This is not your present password.')).toBeVisible()
  expect(early.url()).toBe(`${stocked.origin}/account`)
})

test('a key is made, shown once, used and revoked; the audit says who did it', async ({ page, stocked }, {
  project,
}) => {
  const { origin } = stocked
  const name = `nightly-${project.name}`
  await signIn(page, stocked, 'owner', '/people?tab=keys')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Make the key' }).click()
  const key = (await page
    .getByRole('alert')
    .getByText(/^fo_[\w-]{43}$/)
    .textContent())!
  await expectGood(page)
  const use = async () =>
    (await fetch(`${origin}/api/v1/jobs`, { headers: { authorization: `Bearer ${key}` } })).status
  expect(await use()).toBe(200)
  await page.getByRole('button', { name: 'Put it away' }).click()
  await expect(page.getByText(key)).toHaveCount(0)
  const row = rowOf(page, 'API keys', name)
  await expect(row).toContainText('made by owner@studio.example')
  await row.getByRole('button', { name: `Revoke the key ${name}` }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  // Behind the question the list is hidden: that it is not to be found says nothing yet.
  await expect(page.getByText('The key was revoked')).toBeVisible()
  await expect(row).toHaveCount(0)
  expect(await use()).toBe(401)

  await page.goto(`${origin}/audit`)
  await page.getByLabel('What').fill('api_key')
  await page.getByLabel('Subject').fill(name)
  await page.getByRole('button', { name: 'Filter' }).click()
  const entries = page.getByRole('list', { name: 'Audit entries' }).getByRole('listitem')
  await expect(entries).toHaveCount(2)
  await expect(entries.first()).toContainText('owner@studio.example revoked an API key')
  await expectGood(page)
  await page.getByLabel('Who').fill('nobody of this name')
  await page.getByRole('button', { name: 'Filter' }).click()
  await expect(page.getByText('No entry has what is asked for above.')).toBeVisible()
  await page.getByRole('link', { name: 'Show all' }).click()
  await expect(entries.nth(4)).toBeVisible()
  await expect(page.getByLabel('Who')).toHaveValue('')
})
