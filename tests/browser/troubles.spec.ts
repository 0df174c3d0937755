import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, running, type Stocked, signIn, test } from './stocked.ts'

test.use({ house: 'troubles' })

/** What the pages say when something is late, away or broken. */

test('figures that are late say how old they are', async ({ page, stocked }) => {
  const job = await stocked.job('A001', 'late', { options: { bandwidth: '8K' } })
  // A connection that goes silent without an end: nobody tells the page.
  await page.addInitScript(() => {
    window.EventSource = class extends EventSource {
      constructor(url: string | URL) {
        super(url)
        Object.assign(window, { silence: () => this.close() })
      }
    }
  })
  await signIn(page, stocked)
  await expect(running(page, 1)).toBeVisible({ timeout: 45_000 })
  const age = page.getByText(/^\d+ s old$/)
  await expect(age).toHaveCount(0)
  await page.evaluate(() => (window as unknown as { silence: () => void }).silence())
  // On a phone too, by words and not by a colour alone.
  await expect(page.getByRole('banner').locator(age)).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('main').locator(age)).toBeVisible()
  await expectFits(page)
  await page.reload()
  await expect(running(page, 1)).toBeVisible()
  await expect(age).toHaveCount(0)
  await stocked.call('POST', `/jobs/${job.id}/cancel`)
})

test('the palette tells that the server did not answer from that nothing has the name', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked)
  // It hears keys by then.
  await expect(running(page)).toBeVisible()
  await page.keyboard.press('/')
  const palette = page.getByRole('dialog', { name: 'Search or run a command' })
  await expect(palette.getByRole('option', { name: /^cards \// })).toBeVisible()
  const missing = palette.getByText('The server did not answer')
  await expect(missing).toHaveCount(0)
  await page.route('**/api/v1/templates?*', (route) => route.fulfill({ status: 503, body: '{}' }))
  await page.keyboard.type('cards')
  await expect(missing).toBeVisible()
  await expectAccessible(page)
  await page.unroute('**/api/v1/templates?*')
  await page.keyboard.type(' ')
  await expect(missing).toHaveCount(0)
})

/** Takes a table away while `look` looks: every page that reads it fails inside. */
async function without({ sql }: Stocked, table: string, look: () => Promise<void>): Promise<void> {
  await sql`alter table ${sql(table)} rename to away_for_a_test`
  try {
    await look()
  } finally {
    await sql`alter table away_for_a_test rename to ${sql(table)}`
  }
}

const tryAgain = (page: Page) => page.getByRole('button', { name: 'Try again' })

test('a page that cannot be made says so in its frame, and is there again', async ({ page, stocked }) => {
  await signIn(page, stocked)
  await without(stocked, 'saved_views', async () => {
    await page.goto(`${stocked.origin}/jobs`)
    await expect(page.getByRole('heading', { name: 'This page could not be made' })).toBeVisible()
    // Where to look, and the way to everywhere else.
    await expect(page.getByText(/the log of the web process has the details under \d+/)).toBeVisible()
    await expect(page.getByRole('navigation', { name: 'Places' })).toBeVisible()
    await expectAccessible(page)
    await expectFits(page)
  })
  await tryAgain(page).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
})

test('without what the frame itself needs there is a page that says so, and nobody is signed out', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked)
  await without(stocked, 'templates', async () => {
    await page.goto(`${stocked.origin}/settings`)
    await expect(page.getByRole('heading', { name: 'File Orbit cannot answer now' })).toBeVisible()
    await expectAccessible(page)
    await expectFits(page)
  })
  await tryAgain(page).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
})

test('while a page is on its way its frame stands and says that it loads', async ({ page, stocked }) => {
  test.setTimeout(300_000)
  await signIn(page, stocked, 'owner', '/account')
  for (const place of ['Jobs', 'Templates', 'Endpoints', 'Events', 'Overview']) {
    const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>()
    const isAsked = (url: URL) => url.pathname === `/${place.toLowerCase()}` && url.searchParams.has('_rsc')
    await page.route(isAsked, async (route, request) => {
      if (!request.headers()['next-router-prefetch']) await mayCome
      await route.continue()
    })
    // Until what is fetched ahead of it has come: before that there is nothing to show in its place.
    let ahead = 100
    await expect(async () => {
      await page.goto(`${stocked.origin}/account`)
      await expect(running(page)).toBeVisible()
      ahead *= 2
      await page.waitForTimeout(ahead)
      await page
        .getByRole('navigation', { name: 'Places' })
        .getByRole('link', { name: new RegExp(`^${place}`) })
        .click()
      await expect(page.getByRole('heading', { name: 'Loading' })).toBeVisible({ timeout: 3000 })
    }).toPass({ timeout: 60_000 })
    await expect(page.getByRole('banner').getByText(place, { exact: true })).toBeVisible()
    await expectAccessible(page)
    await expectFits(page)
    letCome()
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  }
})
