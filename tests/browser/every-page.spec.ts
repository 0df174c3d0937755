import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, type Job, running, signIn, test } from './stocked.ts'

test.use({ house: 'pages' })
test.describe.configure({ mode: 'serial' })

const SCRIPT_LIMIT = 200 * 1024
/** Of a layout-shift score of which 0.1 is called good: a digit that a live figure gains, and nothing more. */
const STANDS_STILL = 0.001

let done: Job
let failed: Job
let endpoint = ''
let template = ''

test('with something in it, every page is accessible, fits, stands still and is small', async ({
  page,
  stocked,
}) => {
  // Thirty pages, each looked at closely.
  test.setTimeout(400_000)
  done = await stocked.ended(await stocked.job('A001', 'done'))
  failed = await stocked.ended(await stocked.job('gone', 'failed'))
  await stocked.job('A001', 'slow', { options: { bandwidth: '8K' } })
  endpoint = (await stocked.call<{ items: { id: string }[] }>('GET', '/endpoints')).items[0]!.id
  const made = await stocked.call<{ id: string; triggers: { id: string; type: string }[] }>(
    'POST',
    '/templates',
    {
      name: 'Camera cards',
      operation: 'copy',
      source: { endpointId: stocked.ids.cards, path: 'A001' },
      pattern: '*.mxf',
      destinations: [{ endpointId: stocked.ids.archive, path: 'kept/{year}/{filename}' }],
      triggers: [{ type: 'schedule', cron: '30 2 * * 1-5', timeZone: 'Europe/Berlin' }, { type: 'watch' }],
    },
  )
  template = made.id
  await stocked.happen(made.triggers.find(({ type }) => type === 'watch')!.id, [
    { kind: 'created', path: 'notes.txt', size: 3, occurredAt: new Date(), key: 'notes' },
    {
      kind: 'created',
      path: 'lost.mxf',
      size: null,
      occurredAt: new Date(),
      key: 'lost',
      dead: 'Nobody knows.',
    },
  ])
  await page.addInitScript(() => {
    const shifts: { value: number; what: string }[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
        sources: { node?: Node }[]
      })[]) {
        if (entry.hadRecentInput) continue
        const nodes = entry.sources.map(({ node }) => (node as Element | undefined)?.outerHTML?.slice(0, 120))
        shifts.push({ value: entry.value, what: nodes.join(' | ') })
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await signIn(page, stocked)
  // What a page fetches ahead for the pages that it links to is not its own.
  await page.route('**/*', (route, request) =>
    request.headers()['next-router-prefetch'] ? route.abort() : route.fallback(),
  )
  const heaviest: string[] = []
  for (const path of [
    '/overview',
    '/jobs',
    '/jobs?state=failed&within=24h&q=gone',
    `/jobs/${done.id}`,
    `/jobs/${failed.id}`,
    `/jobs/${done.id}?tab=files`,
    `/jobs/${done.id}?tab=log`,
    `/jobs/${done.id}?tab=attempts`,
    '/jobs/new',
    '/templates',
    '/templates?q=nothing',
    '/templates/new',
    `/templates/${template}`,
    `/templates/${template}?tab=jobs`,
    `/templates/${template}?tab=events`,
    `/templates/${template}/edit`,
    `/templates/s3-events?template=${template}&way=topic`,
    '/events',
    '/events?state=dead',
    '/endpoints',
    '/endpoints/new',
    '/endpoints/import',
    '/endpoints/export',
    '/endpoints/new?type=s3',
    '/endpoints/new?type=drive',
    `/endpoints/${endpoint}`,
    `/endpoints/${endpoint}?tab=jobs`,
    `/endpoints/${endpoint}?tab=settings`,
    '/people',
    '/people?tab=keys',
    '/audit',
    '/audit?action=job&q=nothing',
    '/account',
    '/settings',
  ]) {
    await page.goto(`${stocked.origin}${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    // Live figures have come by then: what they move counts too.
    await expect(running(page, 1)).toBeVisible()
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 300))))
    const shifts = await page.evaluate(
      () => (window as unknown as { shifts: { value: number; what: string }[] }).shifts,
    )
    const shifted = shifts.reduce((sum, { value }) => sum + value, 0)
    expect(shifted, `${path} moved: ${JSON.stringify(shifts)}`).toBeLessThan(STANDS_STILL)
    const script = await scriptBytes(page)
    expect(script, `${path} has scripts`).toBeGreaterThan(10_000)
    if (script >= SCRIPT_LIMIT) heaviest.push(`${path}: ${script} bytes`)
    await expectAccessible(page)
    await expectFits(page)
  }
  expect(heaviest).toEqual([])
})

/** The page's own JavaScript as it went over the wire, or would have: what is in the cache is weighed too. */
async function scriptBytes(page: Page): Promise<number> {
  return page.evaluate(() => {
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return resources
      .filter(({ name }) => name.includes('/_next/static/') && name.split('?')[0]!.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  })
}

test('from 320 to 1920 wide, light and dark, nothing sticks out', async ({ page, stocked }, { project }) => {
  test.setTimeout(300_000)
  const widths = project.name === 'phone' ? [320, 390, 430] : [768, 1024, 1440, 1920]
  await signIn(page, stocked)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of [
      '/overview',
      '/jobs',
      `/jobs/${failed.id}`,
      '/jobs/new',
      '/templates',
      `/templates/${template}`,
      `/templates/${template}/edit`,
      '/templates/s3-events',
      '/events',
      '/people',
      '/people?tab=keys',
      '/audit',
      '/account',
      '/settings',
    ]) {
      await page.goto(`${stocked.origin}${path}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 })
        await expectFits(page)
      }
      // Light ones were looked at above.
      if (colorScheme === 'dark') await expectAccessible(page)
    }
  }
})

test('the palette is found by keys alone, loads when it is asked for, and finds places, endpoints and jobs', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked)
  const before = await scriptBytes(page)
  await page.keyboard.press('/')
  const palette = page.getByRole('dialog', { name: 'Search or run a command' })
  await expect(palette.getByRole('combobox')).toBeFocused()
  expect(await scriptBytes(page)).toBeGreaterThan(before)
  await expect(palette.getByRole('option', { name: /^cards \// })).toBeVisible()
  await expect(palette.getByRole('option', { name: 'Camera cards' })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.type('gone')
  await expect(palette.getByRole('option', { name: /gone.*Failed/ })).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${stocked.origin}/jobs/${failed.id}`)
  await page.keyboard.press('Control+k')
  await expect(palette).toBeVisible()
  await page.keyboard.type('new tr')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'New transfer' })).toBeVisible()
  // Typing in a field is typing.
  await page
    .getByLabel(/Path in/)
    .first()
    .click()
  await page.keyboard.type('a/b?')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByRole('heading', { name: 'New transfer' }).click()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Down and up in a list')
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('the form shows the same by API and command line, and no secret', async ({ page, stocked }) => {
  await signIn(page, stocked, 'owner', '/jobs/new')
  await page.getByLabel('From', { exact: true }).last().selectOption({ label: 'cards' })
  await page.getByLabel('To', { exact: true }).last().selectOption({ label: 'archive' })
  await page.getByLabel('Path in cards').fill("it's")
  await expect(page.getByText("Copies what is in cards:it's into archive:")).toBeVisible()
  const same = page.getByRole('region', { name: 'The same by command line and API' })
  await expect(same).toContainText(`npx file-orbit copy 'cards:it'\\''s' archive:`)
  await expect(same).toContainText('Bearer $FILE_ORBIT_API_KEY')
})

test('the log is narrowed, linked to a line and downloaded', async ({ page, stocked }) => {
  await signIn(page, stocked, 'viewer', `/jobs/${failed.id}?tab=log`)
  const log = page.getByRole('log')
  await expect(log).toContainText('Attempt 1 begins')
  await page.getByLabel('Level').selectOption('error')
  await expect(log).not.toContainText('Attempt 1 begins')
  await page.goto(`${stocked.origin}/jobs/${done.id}?tab=log`)
  await log.getByRole('link').nth(1).click()
  await expect(page).toHaveURL(/line=\d+\.\d+/)
  await page.reload()
  await expect(log.locator('[aria-current=true]')).toBeInViewport()
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe(`job-${done.id}.log`)
})

test('a running job’s log is followed, and its bandwidth changed while it runs', async ({
  page,
  stocked,
}) => {
  const job = await stocked.job('A001', 'followed', { options: { bandwidth: '256K', transfers: 1 } })
  await signIn(page, stocked, 'operator', `/jobs/${job.id}?tab=log`)
  await expect(page.getByLabel('Follow')).toBeChecked()
  await expect(page.getByRole('log')).toContainText('The checks passed')
  await page.getByRole('button', { name: 'Limit…' }).click()
  await page.getByLabel('Bandwidth', { exact: true }).fill('fast')
  await page.getByRole('button', { name: 'Limit', exact: true }).click()
  await expect(page.getByText('A rate such as')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'No limit' }).click()
  await expect(page.getByRole('log')).toContainText('Attempt 1 completed.')
  await expect(page.getByRole('button', { name: 'Limit…' })).toHaveCount(0)
})
