import { expect } from '@playwright/test'
import { hashOfToken } from '#lib/users/tokens.ts'
import {
  expectEveryWidth,
  expectStillAndSmall,
  refusePrefetch,
  scriptBytes,
  watchShifts,
  widthsOf,
} from './measures.ts'
import { expectAccessible, expectFits, type Job, running, signIn, test } from './stocked.ts'

test.use({ house: 'pages' })
test.describe.configure({ mode: 'serial' })

let done: Job
let failed: Job
let endpoint = ''
let template = ''

test('with something in it, every page is accessible, stands still, is small, and fits from 320 to 1920 wide, light and dark', async ({
  page,
  stocked,
}, { project }) => {
  // Thirty-six pages, each looked at closely.
  test.setTimeout(500_000)
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
  await watchShifts(page)
  await signIn(page, stocked)
  await refusePrefetch(page)
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
    '/api-docs',
    '/api-docs/createJob',
  ]) {
    await page.goto(`${stocked.origin}${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    // Live figures have come by then: what they move counts too.
    await expect(running(page, 1)).toBeVisible()
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 300))))
    heaviest.push(...(await expectStillAndSmall(page, path)))
    await expectEveryWidth(page, widthsOf(project.name))
  }
  expect(heaviest).toEqual([])
})

test('so are the pages of who is not signed in', async ({ page, stocked }, { project }) => {
  const token = crypto.randomUUID()
  await stocked.sql`insert into invitations (id, email, role, token_hash, created_by, expires_at)
    values (${crypto.randomUUID()}, 'new@studio.example', 'viewer', ${hashOfToken(token)}, 'x', now() + interval '1 day')`
  await watchShifts(page)
  await refusePrefetch(page)
  const heaviest: string[] = []
  for (const path of [
    '/sign-in',
    '/sign-in?error=CredentialsSignin',
    `/invite?token=${token}`,
    '/invite?token=none',
    '/setup?token=none',
  ]) {
    await page.goto(`${stocked.origin}${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 300))))
    heaviest.push(...(await expectStillAndSmall(page, path)))
    await expectEveryWidth(page, widthsOf(project.name))
  }
  expect(heaviest).toEqual([])
})

test('the palette is found by keys alone, loads when it is asked for, and finds places, endpoints and jobs', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked)
  // By then somebody listens to keys.
  await expect(running(page)).toBeVisible()
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
  const job = await stocked.job('A001', 'followed', { options: { bandwidth: '32K', transfers: 1 } })
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
