import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, type Job, running, type Stocked, signIn, test } from './stocked.ts'

test.use({ house: 'list' })
test.describe.configure({ mode: 'serial' })

const list = (page: Page) => page.getByRole('list', { name: 'Jobs' })
const rows = (page: Page) => list(page).getByRole('listitem')

async function paused({ job, call }: Stocked, name: string): Promise<Job> {
  const made = await job(name, name, { options: { bandwidth: '1K' } })
  await call('POST', `/jobs/${made.id}/pause`)
  return made
}

test('filters live in the address, and a view keeps them', async ({ page, stocked }) => {
  await stocked.ended(await stocked.job('A001', 'one'))
  await stocked.ended(await stocked.job('gone', 'two'))
  await stocked.ended(await stocked.job('A001', 'three', { operation: 'sync' }))
  await signIn(page, stocked, 'owner', '/jobs')
  await expect(rows(page)).toHaveCount(3)
  await expect(page.getByText('3 jobs', { exact: true })).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await page.getByLabel('Operation').selectOption('sync')
  await expect(page).toHaveURL(/operation=sync/)
  await expect(rows(page)).toHaveCount(1)
  await page.getByLabel('Operation').selectOption('')
  await expect(page).toHaveURL(/\/jobs$/)
  await page.getByRole('link', { name: 'Failed' }).click()
  await page.getByLabel('Time').selectOption('24h')
  await expect(page).toHaveURL(/state=failed&within=24h/)
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('button', { name: 'Save as a view' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Failed today')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save the view' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.goto(`${stocked.origin}/jobs`)
  await page.getByRole('link', { name: 'Failed today' }).click()
  await expect(page).toHaveURL(/state=failed&within=24h/)
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('searchbox').fill('nowhere to be found')
  await expect(page.getByText('No job matches')).toBeVisible()
  await page.goBack()
  await page.goto(`${stocked.origin}/jobs?state=failed&within=24h`)
  await page.getByRole('button', { name: 'Delete this view' }).click()
  await expect(page.getByRole('link', { name: 'Failed today' })).toHaveCount(0)
})

test('what is searched for follows the address, and typing goes on undisturbed', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'owner', '/jobs')
  const search = page.getByRole('searchbox')
  // Slower than it settles: the address changes several times on the way.
  await search.pressSequentially('nowhere', { delay: 300 })
  await expect(page).toHaveURL(/q=nowhere$/)
  await expect(search).toHaveValue('nowhere')
  await page.getByRole('link', { name: 'Show all jobs' }).click()
  await expect(rows(page)).toHaveCount(3)
  await expect(search).toHaveValue('')
  await search.fill('gone')
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('link', { name: 'Jobs', exact: true }).first().click()
  await expect(page).toHaveURL(/\/jobs$/)
  await expect(search).toHaveValue('')
})

test('a form that was opened for an endpoint that is gone names none in its place', async ({
  page,
  stocked,
}) => {
  const gone = crypto.randomUUID()
  await signIn(page, stocked, 'owner', `/jobs/new?source=${gone}&path=A001`)
  const from = page.getByLabel('From', { exact: true }).last()
  await expect(from).toHaveValue('')
  await expect(page.getByText('The endpoint that was asked for is not there')).toBeVisible()
  await expect(page.getByLabel(/Path in/).first()).toHaveValue('')
  await expectAccessible(page)
  await from.selectOption({ label: 'cards' })
  await expect(page.getByText('The endpoint that was asked for is not there')).toHaveCount(0)
  await page.goto(`${stocked.origin}/jobs?endpointId=${gone}`)
  await expect(page.getByLabel('Endpoint', { exact: true })).toHaveValue(gone)
})

test('works by keys alone: walk, open in place, go in, choose, leave', async ({ page, stocked }) => {
  await signIn(page, stocked, 'owner', '/jobs')
  await expect(rows(page)).toHaveCount(3)
  // By then somebody listens to keys.
  await expect(running(page)).toBeVisible()
  await page.keyboard.press('j')
  await expect(rows(page).nth(0).getByRole('link').first()).toBeFocused()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await expect(rows(page).nth(1).getByRole('link').first()).toBeFocused()
  await page.keyboard.press('Enter')
  const details = page.getByRole('region', { name: 'Details of the job' })
  await expect(details).toContainText('The source is not there')
  await expect(details).toContainText('no other run')
  await expectAccessible(page)
  await expectFits(page)
  await page.keyboard.press('Escape')
  await expect(details).toHaveCount(0)
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  await expect(page.getByText('2 jobs chosen')).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByText('jobs chosen')).toHaveCount(0)
  await page.keyboard.press('Enter')
  await expect(details).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/)
})

test('many at once: says how many were done, and which refused and why', async ({ page, stocked }) => {
  await paused(stocked, 'A001')
  await paused(stocked, 'A001')
  await signIn(page, stocked, 'owner', '/jobs')
  await expect(rows(page)).toHaveCount(5)
  // A new job comes by itself to a list that is at its top.
  await paused(stocked, 'A001')
  await expect(rows(page)).toHaveCount(6)
  await rows(page).nth(0).getByRole('checkbox').click()
  await rows(page)
    .nth(3)
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] })
  await page.getByRole('region', { name: 'Chosen jobs' }).getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Cancel 4 jobs' }).click()
  const answer = page.getByRole('alert').filter({ hasText: 'refused' })
  await expect(answer).toContainText('3 jobs cancelled, 1 job refused')
  await expect(answer).toContainText('The job is completed, so it cannot become cancelled.')
  await expect(rows(page).locator('[data-state="cancelled"]')).toHaveCount(3)
  await expectAccessible(page)
})

test('three hundred thousand jobs: the bar is honest, and no more rows are held than are needed', async ({
  page,
  stocked,
}) => {
  // Making them takes a busy machine a minute.
  test.setTimeout(300_000)
  const { sql } = stocked
  await sql`
    insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, created_by, created_at, started_at, finished_at, files, total_files)
    select overlay(overlay(uuidv7_floor('2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second')::text
        placing '7' from 15) placing '8' from 20)::uuid,
      'completed', 'copy', source_endpoint_id, 'many/' || n, destination_endpoint_id, '', 'test',
      '2026-01-01'::timestamptz, '2026-01-01', '2026-01-01', 1, 1
    from (select * from jobs limit 1) model, generate_series(1, 300000) n`
  await sql`vacuum analyze jobs`
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/jobs/rows')) asked.push(request.url())
  })
  // A load of its own: a page that a sign-in leads to is scrolled to its top, a moment after it is there.
  await signIn(page, stocked, 'owner')
  asked.length = 0
  await page.goto(`${stocked.origin}/jobs`)
  await expect(page.getByText(/about (299|300),\d{3} jobs/)).toBeVisible()
  expect(await rows(page).count()).toBeLessThan(80)

  // To the middle: what stands there is the middle of the list.
  const height = () => page.evaluate(() => document.documentElement.scrollHeight)
  // It is as long as its rows once it has come alive.
  await expect.poll(height).toBeGreaterThan(1_000_000)
  const middle = list(page)
    .getByText(/^14[5-9]\d{3}$|^15[0-5]\d{3}$/)
    .first()
  await expect(async () => {
    asked.length = 0
    // A page that is still coming alive may go back to its beginning.
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2))
    await expect(middle).toBeVisible({ timeout: 5000 })
  }).toPass({ timeout: 30_000 })
  expect(asked.length).toBeLessThan(8)
  // Small steps from there are small steps in the list.
  const seen = async () =>
    Number((await list(page).getByRole('listitem').first().getAttribute('aria-posinset')) ?? 0)
  // Until the jump has come to rest.
  let before = -1
  await expect
    .poll(async () => {
      const last = before
      before = await seen()
      return before === last
    })
    .toBe(true)
  await page.mouse.move(600, 500)
  await page.mouse.wheel(0, 530)
  await expect.poll(seen).toBeGreaterThan(before)
  expect((await seen()) - before).toBeLessThan(20)

  // To the end: the first job ever.
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await expect(list(page).getByText('1', { exact: true })).toBeVisible()
  await page.evaluate(() => window.scrollTo(0, 0))
  await expect(rows(page).nth(0)).toContainText('Cancelled')
  expect(await rows(page).count()).toBeLessThan(80)
  expect(asked.length).toBeLessThan(20)
})

test('a list that shows nothing comes alive with the first job that belongs to it', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'owner', `/jobs?endpointId=${stocked.ids.archive}&operation=move`)
  await expect(page.getByText('No job matches')).toBeVisible()
  await stocked.job('not there', 'moved', { operation: 'move' })
  await expect(rows(page)).toHaveCount(1)
  await expect(page.getByText('No job matches')).toHaveCount(0)
})
