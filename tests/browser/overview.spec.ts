import { expect } from '@playwright/test'
import { expectAccessible, expectFits, signIn, test } from './stocked.ts'

test.use({ house: 'overview' })
test.describe.configure({ mode: 'serial' })

test('the first day leads to the first copy', async ({ page, stocked }) => {
  // Events are told of before any job.
  const template = await stocked.call<{ id: string }>('POST', '/templates', {
    ...{ name: 'Clips', operation: 'copy', triggers: [{ type: 'watch', readyAfterSeconds: 86_400 }] },
    source: { endpointId: stocked.ids.cards, path: 'A001' },
    destinations: [{ endpointId: stocked.ids.archive, path: 'clips' }],
  })
  await signIn(page, stocked)
  await expect(page.getByText('Nothing has been moved yet')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Add an endpoint (done)' })).toBeVisible()
  await expect(page.getByRole('main').getByText('Unaccounted')).toBeVisible()
  await stocked.call('PATCH', `/templates/${template.id}`, { enabled: false })
  await expectAccessible(page)
  await expectFits(page)
  await page.getByRole('main').getByRole('link', { name: 'New transfer' }).click()
  await expect(page.getByRole('heading', { name: 'New transfer' })).toBeVisible()
})

test('shows what runs, what needs a person and what was moved, live', async ({ page, stocked }) => {
  await signIn(page, stocked)
  const failed = await stocked.ended(await stocked.job('missing', 'x'))
  await stocked.ended(await stocked.job('A001', 'first'))
  const running = await stocked.job('A001', 'second', { options: { bandwidth: '16K' } })
  // Without a reload: the stream tells.
  const needs = page.getByRole('list', { name: 'Needs you' })
  await expect(needs.getByText('missing → archive failed')).toBeVisible()
  await expect(needs.getByText('The source is not there.')).toBeVisible()
  const now = page.getByRole('list', { name: 'Running now' })
  await expect(now.getByRole('progressbar')).toHaveAttribute('aria-valuenow', /[1-9]/)
  await expect(page.getByRole('list', { name: 'Last successes' }).getByText('first')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)

  // The chart says its figures to those who point, who tab and who listen.
  const today = page.getByRole('list', { name: 'Moved on each day' }).getByRole('link').last()
  await expect(today).toHaveAccessibleName(/: 6\.0 MiB in 6 files, 2 jobs, 1 failed$/)
  await today.focus()
  await expect(page.getByText(/6\.0 MiB in 6 files, 2 jobs, 1 failed/)).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/since=.*until=/)
  await expect(page.getByRole('list', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(3)

  await page.goto(`${stocked.origin}/overview`)
  await stocked.call('POST', `/jobs/${running.id}/cancel`)
  await expect(page.getByText('Nothing moves right now.')).toBeVisible()
  await page.getByRole('link', { name: 'Show why missing failed' }).click()
  await expect(page).toHaveURL(`${stocked.origin}/jobs/${failed.id}`)
  await expect(page.getByText('The source is not there', { exact: true })).toBeVisible()
  await expect(page.getByText('Check the path at the source, then retry.')).toBeVisible()
})

test('a retry that is made there is seen there', async ({ page, stocked }) => {
  await signIn(page, stocked)
  const needs = page.getByRole('list', { name: 'Needs you' })
  const sent = page.waitForResponse((answer) => answer.request().method() === 'POST')
  await needs.getByRole('button', { name: 'Retry' }).click()
  // On another page it would be given up.
  await sent
  // It fails again, for the same cause: still one.
  await expect(needs.getByRole('listitem')).toHaveCount(1)
  // All states: it may still be on its way to failing again.
  await page.goto(`${stocked.origin}/jobs`)
  const row = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').filter({ hasText: 'missing' })
  await row.getByRole('link').first().click()
  await expect(page.getByRole('region', { name: 'Details of the job' })).toContainText('Attempt2')
})

test('a worker that dies is on the screen without a reload, and so is its return', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked)
  const health = page.getByRole('main').getByText('healthy')
  await expect(health).toBeVisible()
  const [{ pid }] = await stocked.sql<[{ pid: number }]>`
    select pid from workers where stopped_at is null order by heartbeat_at desc limit 1`
  process.kill(pid, 'SIGSTOP')
  try {
    // Not heard for 15 s, and told at the next beat of the stream.
    await expect(page.getByText('The worker is away')).toBeVisible({ timeout: 90_000 })
    await expect(page.getByRole('main').getByText('worker away')).toBeVisible()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expect(health).toBeVisible({ timeout: 90_000 })
  await expect(page.getByText('The worker is away')).toHaveCount(0)
})

test('a viewer sees no button that refuses, and is told of pages that are not theirs', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'viewer')
  const needs = page.getByRole('list', { name: 'Needs you' })
  await expect(needs.getByRole('link', { name: /Show why/ })).toBeVisible()
  await expect(needs.getByRole('button')).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'New transfer' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Settings' })).toHaveCount(0)
  await page.goto(`${stocked.origin}/jobs`)
  await expect(page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').first()).toBeVisible()
  await expect(page.getByRole('checkbox')).toHaveCount(0)
  for (const [path, needed] of [
    ['/settings', 'owner'],
    ['/jobs/new', 'operator'],
    ['/endpoints/new', 'operator'],
  ]) {
    await page.goto(`${stocked.origin}${path}`)
    await expect(page.getByRole('heading', { name: `This page needs an ${needed}` })).toBeVisible()
  }
  await expectAccessible(page)
})

test('owners see how it is set up, and no secret', async ({ page, stocked }) => {
  await signIn(page, stocked, 'owner', '/settings')
  await expect(page.getByText('FILE_ORBIT_LOCAL_ROOTS decides')).toBeVisible()
  await expect(page.getByText('Alive')).toBeVisible()
  await expect(page.getByText('set, not shown').first()).toBeVisible()
  expect(await page.content()).not.toContain('correct horse battery')
  await expectAccessible(page)
  await expectFits(page)
})
