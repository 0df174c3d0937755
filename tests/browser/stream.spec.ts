import { type BrowserContext, expect, type Page } from '@playwright/test'
import { running, type Stocked, signIn, test } from './stocked.ts'
import { wholePages } from './whole-page.ts'

test.use({ house: 'stream' })
test.describe.configure({ mode: 'serial' })

/** Which pages of a browser have a stream open now. */
function watchStreams(context: BrowserContext): { open: Set<Page> } {
  const open = new Set<Page>()
  const isStream = (url: string) => url.includes('/api/v1/stream')
  context.on('request', (request) => {
    if (isStream(request.url())) open.add(request.frame().page())
  })
  const over = (url: string, page: Page) => {
    if (isStream(url)) open.delete(page)
  }
  context.on('requestfinished', (request) => over(request.url(), request.frame().page()))
  context.on('requestfailed', (request) => over(request.url(), request.frame().page()))
  context.on('page', (page) => page.on('close', () => open.delete(page)))
  return { open }
}

async function openTab(context: BrowserContext, { origin }: Stocked, path = '/overview'): Promise<Page> {
  const page = wholePages(await context.newPage())
  await page.goto(`${origin}${path}`)
  await expect(running(page)).toBeVisible()
  return page
}

test('two tabs share one stream, which passes on when the tab that has it closes', async ({
  context,
  stocked,
}) => {
  const { open } = watchStreams(context)
  const first = wholePages(await context.newPage())
  await signIn(first, stocked)
  await expect(running(first, 0)).toBeVisible()
  const job = await stocked.job('A001', 'stream', { options: { bandwidth: '64K' } })
  // A job's own page has no stream of its own either.
  const second = await openTab(context, stocked, `/jobs/${job.id}`)
  await expect(running(first, 1)).toBeVisible()
  await expect(running(second, 1)).toBeVisible()
  await expect(second.getByText('In flight')).toBeVisible()
  expect([...open]).toEqual([first])

  await first.close()
  await expect.poll(() => [...open]).toEqual([second])
  await stocked.call('POST', `/jobs/${job.id}/cancel`)
  await expect(second.getByText('Cancelled', { exact: true })).toBeVisible()
  await expect(running(second, 0)).toBeVisible()
})

test('a hidden tab rests, and knows all again when it is looked at', async ({ context, stocked }) => {
  const { open } = watchStreams(context)
  const page = wholePages(await context.newPage())
  await page.clock.install()
  await signIn(page, stocked)
  await expect(running(page, 0)).toBeVisible()
  await expect.poll(() => open.size).toBe(1)
  const look = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await look(true)
  await page.clock.runFor(61_000)
  await expect.poll(() => open.size).toBe(0)
  const job = await stocked.job('A001', 'rest', { options: { bandwidth: '64K' } })
  await look(false)
  await page.clock.runFor(1000)
  await expect.poll(() => open.size).toBe(1)
  await expect(async () => {
    await page.clock.runFor(500)
    await expect(running(page, 1)).toBeVisible({ timeout: 500 })
  }).toPass()
  await stocked.call('POST', `/jobs/${job.id}/cancel`)
})

test('a session that is ended elsewhere closes the stream and leads every tab to the sign-in', async ({
  context,
  stocked,
}) => {
  const first = wholePages(await context.newPage())
  await signIn(first, stocked, 'operator')
  const second = await openTab(context, stocked, '/jobs')
  await stocked.sql`
    update login_sessions set revoked_at = now()
    where user_id = (select id from users where email = 'operator@studio.example')`
  // The server looks every 15 s; the browser asks anew 2 s later.
  for (const page of [first, second]) {
    await expect(page).toHaveURL(/\/sign-in\?to=/, { timeout: 45_000 })
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  }
  expect(new URL(second.url()).searchParams.get('to')).toBe('/jobs')
})
