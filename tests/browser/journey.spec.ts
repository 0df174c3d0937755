import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { expectEveryWidth, expectStillAndSmall, watchShifts, widthsOf } from './measures.ts'
import { test } from './system.ts'

const email = 'ops@studio.example'
const password = 'correct horse battery'

/** Pictures for the README are taken on request: FILE_ORBIT_PICTURES=1 npm test -- tests/browser. */
async function picture(page: Page, name: string): Promise<void> {
  const isAsked = process.env.FILE_ORBIT_PICTURES === '1' && page.viewportSize()!.width > 1000
  if (isAsked) await page.screenshot({ path: `docs/images/${name}.png` })
}

async function expectAccessible(page: Page): Promise<void> {
  // A page that has just been navigated to gets its title a moment after its text.
  await expect(page).toHaveTitle(/File Orbit/)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
}

async function expectFits(page: Page): Promise<void> {
  const { width } = page.viewportSize()!
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
}

async function addEndpoint(page: Page, origin: string, name: string, path: string): Promise<void> {
  await page.goto(`${origin}/endpoints/new`)
  await page.getByRole('link', { name: 'Folder', exact: true }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Folder').fill(path)
  await page.getByRole('button', { name: 'Test' }).click()
  await expect(page.getByText('It works')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add the endpoint' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

// One story, in order: each test goes on where the one before it ended.
test.describe.configure({ mode: 'serial' })

test('from the set-up link to a finished transfer, live', async ({ page, system }, { project }) => {
  const { origin, setupLink, files } = system
  const card = join(files, 'cards', 'A001')
  await mkdir(join(card, 'sidecar'), { recursive: true })
  await mkdir(join(files, 'archive'))
  const clip = randomBytes(4 * 1024 * 1024)
  for (let n = 10; n < 22; n += 1) await writeFile(join(card, `A001_C0${n}_1120QK.mxf`), clip)
  await writeFile(join(card, 'sidecar', 'A001_C010.xml'), '<clip/>')

  await watchShifts(page)
  await page.goto(setupLink)
  await expect(page.getByLabel('E-mail')).toBeVisible()
  expect(await expectStillAndSmall(page, '/setup')).toEqual([])
  await expectEveryWidth(page, widthsOf(project.name))
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('short')
  await page.getByRole('button', { name: 'Create the first owner' }).click()
  // The browser itself refuses a short password and keeps what was typed.
  await expect(page.getByLabel('E-mail')).toHaveValue(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Create the first owner' }).click()
  await expect(page.getByRole('heading', { name: 'Endpoints' })).toBeVisible()
  await expectAccessible(page)

  await page.goto(setupLink)
  await expect(page.getByText('This link does not work any more')).toBeVisible()

  await addEndpoint(page, origin, 'cards', join(files, 'cards'))
  await addEndpoint(page, origin, 'archive', join(files, 'archive'))
  await page.goto(`${origin}/endpoints`)
  await picture(page, 'endpoints')

  await page.goto(`${origin}/jobs/new`)
  await page.getByLabel('From', { exact: true }).last().selectOption({ label: 'cards' })
  await page.getByLabel('To', { exact: true }).last().selectOption({ label: 'archive' })
  await page.getByRole('button', { name: 'Browse' }).first().click()
  await page.getByRole('button', { name: 'A001' }).click()
  await expect(page.getByText('sidecar')).toBeVisible()
  await page.getByRole('button', { name: 'Choose “A001”' }).click()
  await page.getByText('Limits').click()
  await page.getByLabel(/Bandwidth/).fill('3M')
  await expectAccessible(page)
  await expectFits(page)
  await page.getByRole('button', { name: 'Start the copy' }).click()

  const bar = page.getByRole('progressbar', { name: 'Progress of the job' })
  await expect(page.getByText('Running', { exact: true })).toBeVisible()
  await expect(page.getByText('In flight')).toBeVisible()
  await expect(page.getByText(/about \d+ s left/)).toBeVisible()
  await expect(bar).toHaveAttribute('aria-valuenow', /^([3-9]\d|\d[1-9])/)
  await picture(page, 'job')
  await expectAccessible(page)
  await expectFits(page)
  await page.reload()
  await expect(bar).toBeVisible()
  await expect(page.getByText('Completed', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('100 %')).toBeVisible()
  expect(await readFile(join(files, 'archive', 'A001_C010_1120QK.mxf'))).toEqual(clip)
  expect(await readdir(join(files, 'archive', 'sidecar'))).toEqual(['A001_C010.xml'])

  await page.getByRole('link', { name: 'Files', exact: true }).click()
  await expect(page.getByRole('row').filter({ hasText: 'A001_C010_1120QK.mxf' })).toContainText('Copied')
  await expectAccessible(page)
  await expectFits(page)
  await page.getByRole('link', { name: 'Log', exact: true }).click()
  await expect(page.getByText('Attempt 1 completed.')).toBeVisible()
  await expectAccessible(page)
})

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/sign-in?to=/jobs`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Jobs' })).toBeVisible()
}

test('a wrong password says so, the right one leads to the jobs, signing out leads out', async ({
  page,
  system,
}) => {
  await page.goto(`${system.origin}/jobs`)
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('The e-mail address or the password is wrong.')).toBeVisible()
  await expect(page.getByLabel('E-mail')).toHaveValue(email)
  await expectAccessible(page)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('link', { name: /cards.*archive/ })).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
})

test('a sync of an emptied source fails with why and touches nothing; a copy that runs is cancelled', async ({
  page,
  system,
}) => {
  const { origin, files } = system
  await signIn(page, origin)
  await mkdir(join(files, 'cards', 'empty'))
  await page.goto(`${origin}/jobs/new`)
  await page.getByLabel('From', { exact: true }).last().selectOption({ label: 'cards' })
  await page.getByLabel('To', { exact: true }).last().selectOption({ label: 'archive' })
  await page.getByLabel('Path in cards').fill('empty')
  await page.getByLabel('Operation').selectOption('sync')
  await expect(page.getByText('what only the destination has is deleted there')).toBeVisible()
  await page.getByRole('button', { name: 'Start the sync' }).click()
  await expect(page.getByText('The source holds no files', { exact: true })).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  expect(await readdir(join(files, 'archive'))).toContain('A001_C010_1120QK.mxf')

  await rm(join(files, 'archive'), { recursive: true })
  await page.goto(`${origin}/jobs/new`)
  await page.getByLabel('From', { exact: true }).last().selectOption({ label: 'cards' })
  await page.getByLabel('To', { exact: true }).last().selectOption({ label: 'archive' })
  await page.getByLabel('Path in cards').fill('../outside')
  await page.getByRole('button', { name: 'Start the copy' }).click()
  await expect(page.getByText('A path cannot climb')).toBeVisible()
  await page.getByLabel('Path in cards').fill('A001')
  await page.getByText('Limits').click()
  await page.getByLabel(/Bandwidth/).fill('1M')
  await page.getByRole('button', { name: 'Start the copy' }).click()
  await expect(page.getByText('In flight')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Cancel the job' }).click()
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible()
  const left = await readdir(join(files, 'archive')).catch(() => [])
  expect(left.filter((name) => name.endsWith('.partial'))).toEqual([])
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible()
})

test('dark pages are as readable', async ({ page, system }) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await signIn(page, system.origin)
  await expectAccessible(page)
  await page
    .getByRole('link', { name: /cards.*archive/ })
    .last()
    .click()
  await expect(page.getByText('100 %')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Open the job' }).click()
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/)
  await expect(page.getByText(/^13 files, 48\.0 MiB, copied to archive/)).toBeVisible()
  await expectAccessible(page)
  await picture(page, 'job-dark')
  await page.goto(`${system.origin}/overview`)
  await expect(page.getByRole('list', { name: 'Needs you' })).toBeVisible()
  await expectAccessible(page)
  await page.emulateMedia({ colorScheme: 'light' })
  await picture(page, 'overview')
})

test('an address that names nothing says so', async ({ page, system }) => {
  await signIn(page, system.origin)
  const nothing = [
    '/jobs?state=bogus',
    '/jobs?cursor=bogus',
    '/jobs/bogus',
    '/jobs/01a1fc86-49b6-71aa-a721-95a2b54606e6',
    '/endpoints/bogus',
    '/endpoints?cursor=bogus',
    '/nowhere',
  ]
  for (const path of nothing) {
    await page.goto(`${system.origin}${path}`)
    await expect(page.getByText('There is nothing here')).toBeVisible()
  }
  await expectAccessible(page)
})
