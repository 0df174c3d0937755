import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, signIn, test } from './stocked.ts'

test.use({ house: 'events' })
test.describe.configure({ mode: 'serial' })

type Made = { id: string; triggers: { id: string }[] }

let template: Made
const rows = (page: Page) => page.getByRole('list', { name: 'Events' }).getByRole('listitem')
const row = (page: Page, path: string) => rows(page).filter({ hasText: path })
const created = (path: string, more: object = {}) => ({
  ...{ kind: 'created' as const, path, size: 5, occurredAt: new Date(), key: path },
  ...more,
})

test('what happens appears by itself with its fate, and the books are even', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/events')
  await expect(page.getByRole('heading', { name: 'Nothing has happened yet' })).toBeVisible()
  await expectAccessible(page)
  template = await stocked.call<Made>('POST', '/templates', {
    name: 'Clips',
    operation: 'copy',
    source: { endpointId: stocked.ids.cards, path: 'A001' },
    pattern: '*.mxf',
    destinations: [{ endpointId: stocked.ids.archive, path: 'clips/{filename}' }],
    // The test tells what happened: no file is ever ready for the watch itself.
    triggers: [{ type: 'watch', readyAfterSeconds: 86_400 }],
  })
  const triggerId = template.triggers[0]!.id
  await stocked.happen(triggerId, [
    created('A001_C010.mxf'),
    created('notes.txt'),
    created('gone.mxf'),
    created('=cmd.txt', { detail: { note: 'a "quoted" word' } }),
  ])
  await expect(row(page, 'A001_C010.mxf')).toContainText('Transferred')
  await expect(row(page, 'notes.txt')).toContainText('Its name does not match *.mxf.')
  await expect(row(page, 'gone.mxf')).toContainText('Failed')
  await expect(page.getByText('0 unaccounted')).toBeVisible()
  await expect(page.getByRole('link', { name: 'All 4' })).toBeVisible()
  // Later ones come above, without a reload.
  await stocked.happen(triggerId, [created('A001_C011.mxf')])
  await expect(rows(page).first()).toContainText('A001_C011.mxf')
  await expect(rows(page).first()).toContainText('Transferred')
  await expect(page.getByRole('link', { name: 'All 5' })).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
})

test('filters live in the address, and a row opens in place by keys', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/events')
  await page.getByRole('link', { name: /^Ignored/ }).click()
  await expect(page).toHaveURL(/state=ignored/)
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('searchbox').fill('notes')
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('searchbox').fill('nowhere')
  await expect(page.getByText('No event matches')).toBeVisible()
  await page.getByRole('link', { name: 'Show all events' }).click()
  await expect(rows(page)).toHaveCount(5)
  await page.getByLabel('Template', { exact: true }).selectOption('Clips')
  await expect(page).toHaveURL(/templateId=/)
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('j')
  await expect(rows(page).nth(0).getByRole('link').first()).toBeFocused()
  await page.keyboard.press('Enter')
  const details = page.getByRole('region', { name: 'Details of the event' })
  await expect(details).toContainText('created, told by a folder watch')
  await expect(details).toContainText('clips/A001_C011.mxf')
  await expectAccessible(page)
  await expectFits(page)
  await page.keyboard.press('Escape')
  await expect(details).toHaveCount(0)
})

test('a replay says first what would run, then runs it', async ({ page, stocked }) => {
  await writeFile(join(stocked.files, 'cards', 'A001', 'gone.mxf'), 'it is back')
  await signIn(page, stocked, 'operator', '/events')
  await page.getByLabel('Choose gone.mxf').check()
  await page.getByLabel('Choose notes.txt').check()
  await page.getByRole('region', { name: 'Chosen events' }).getByRole('button', { name: 'Replay…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replay 2 events' })
  await expect(dialog).toContainText('Would run: 2 events in 1 job.')
  await expectAccessible(page)
  // Nothing has changed until then.
  const failed = await stocked.call<{ items: object[] }>('GET', '/events?state=failed')
  expect(failed.items).toHaveLength(1)
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page.keyboard.press('Escape')
  await row(page, 'gone.mxf').getByRole('link').first().click()
  await page.getByRole('button', { name: 'Replay…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Replay 1 event' }).click()
  await expect(row(page, 'gone.mxf')).toContainText('Transferred')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  // What it was before stays with it.
  await expect(page.getByRole('region', { name: 'Earlier fates' })).toContainText(
    /Failed.*replayed by operator/,
  )
  await expectAccessible(page)
  expect(await readFile(join(stocked.files, 'archive', 'clips', 'gone.mxf'), 'utf8')).toBe('it is back')
  await rm(join(stocked.files, 'cards', 'A001', 'gone.mxf'))
})

test('the job of an event shows its events', async ({ page, stocked }) => {
  await signIn(page, stocked, 'viewer', '/events')
  await row(page, 'A001_C010.mxf').getByRole('link').first().click()
  await page.getByRole('link', { name: 'Open its job' }).click()
  await expect(page.getByText('by template “Clips”, by folder watch')).toBeVisible()
  await page
    .getByRole('navigation', { name: 'Parts of the job' })
    .getByRole('link', { name: 'Events' })
    .click()
  await expect(row(page, 'A001_C010.mxf')).toContainText('Transferred')
  await expect(page.getByLabel(/^Choose /)).toHaveCount(0)
  await expectAccessible(page)
})

test('the ledger is exported as CSV and JSON, and no cell is a formula', async ({ page, stocked }) => {
  await signIn(page, stocked, 'viewer', '/events?state=ignored')
  const file = async (name: string) => {
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name, exact: true }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(
      new RegExp(`^events-\\d{4}-\\d\\d-\\d\\d\\.${name.toLowerCase()}$`),
    )
    return readFile(await download.path(), 'utf8')
  }
  const csv = await file('CSV')
  const lines = csv.replace('\uFEFF', '').trim().split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^id,receivedAt,/)
  expect(csv).toContain(",'=cmd.txt,")
  expect(csv).toContain('"{""note"":""a \\""quoted\\"" word""}"')
  const items = JSON.parse(await file('JSON')) as { path: string; template: string }[]
  expect(items.map(({ path, template: name }) => [path, name]).sort()).toEqual([
    ['=cmd.txt', 'Clips'],
    ['notes.txt', 'Clips'],
  ])
})

test('dead events are for a person, who is led to them', async ({ page, stocked }) => {
  await stocked.sql`update events set state = 'dead', reason = 'Its name is too long.' where path = 'notes.txt'`
  await signIn(page, stocked, 'viewer')
  const needs = page.getByRole('list', { name: 'Needs you' })
  await expect(needs).toContainText('1 event of Clips is dead')
  await expectAccessible(page)
  await needs.getByRole('link', { name: 'Open the dead events of Clips' }).click()
  await expect(rows(page)).toHaveCount(1)
  await expect(row(page, 'notes.txt')).toContainText('Its name is too long.')
  await stocked.sql`update events set state = 'ignored' where path = 'notes.txt'`
})

test('the overview keeps the account of the day', async ({ page, stocked }) => {
  await signIn(page, stocked, 'viewer')
  const main = page.getByRole('main')
  await expect(main.getByText('Unaccounted')).toBeVisible()
  await main.getByRole('link', { name: '2', exact: true }).click()
  await expect(page).toHaveURL(/\/events\?state=ignored/)
  await expect(rows(page)).toHaveCount(2)
})
