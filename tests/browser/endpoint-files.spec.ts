import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, signIn, test } from './stocked.ts'

let folder = ''
let id = ''

test.beforeAll(async ({ stocked }) => {
  const { items } = await stocked.call<{ items: { id: string; name: string; path: string }[] }>(
    'GET',
    '/endpoints',
  )
  const cards = items.find(({ name }) => name === 'cards')!
  id = cards.id
  folder = cards.path
})

const files = (page: Page) => page.getByRole('list', { name: /^Files in/ })
const entry = (page: Page, name: string) => files(page).getByRole('button', { name, exact: true })

test('a folder of twenty thousand is scrolled, sorted and searched, with few rows drawn', async ({
  page,
  stocked,
}) => {
  const many = join(folder, 'many')
  await mkdir(many, { recursive: true })
  for (let n = 0; n < 20_000; n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, k) => writeFile(join(many, `f-${n + k}.mov`), '')))
  }
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/rows?')) asked.push(request.url())
  })
  await signIn(page, stocked, 'viewer', `/endpoints/${id}?path=many`)
  await expect(entry(page, 'f-0.mov')).toBeVisible()
  await expect(page.getByText('20,000 entries')).toBeVisible()
  expect(await files(page).getByRole('listitem').count()).toBeLessThan(80)
  await entry(page, 'f-0.mov').focus()
  await page.keyboard.press('End')
  await expect(entry(page, 'f-19999.mov')).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(entry(page, 'f-19998.mov')).toBeFocused()
  // The first page, the last, and what lies about them: not what is between.
  expect(asked.length).toBeLessThan(8)
  await page.getByRole('button', { name: /^Sort by name/ }).click()
  await expect(entry(page, 'f-19999.mov')).toBeVisible()
  await page.getByLabel('Search in this folder').fill('F-1234')
  await expect(page.getByText('11 entries')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
})

test('keys walk in and out, Back leaves a folder, and odd names are shown', async ({ page, stocked }) => {
  await mkdir(join(folder, 'keys', 'inner'), { recursive: true })
  await writeFile(join(folder, 'keys', 'inner', 'line\nbreak \u202egpj.exe '), 'odd')
  await signIn(page, stocked, 'viewer', `/endpoints/${id}?path=keys`)
  await entry(page, 'inner').focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/path=keys%2Finner/)
  await expect(entry(page, 'line↵break [U+202E]gpj.exe␣')).toBeFocused()
  await page.keyboard.press('Backspace')
  await expect(page).toHaveURL(/path=keys$/)
  await expect(entry(page, 'inner')).toBeFocused()
  await page.goBack()
  await expect(page).toHaveURL(/path=keys%2Finner/)
  await page.getByRole('navigation', { name: 'Folder' }).getByRole('button', { name: 'cards' }).click()
  await expect(page).toHaveURL(new RegExp(`${id}$`))
  // A viewer is offered nothing that would be refused.
  await expect(page.getByRole('button', { name: 'New folder' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^More for/ })).toHaveCount(0)
})

test('a folder is made, a file sent into it, renamed, fetched and deleted with the folder', async ({
  page,
  stocked,
}, info) => {
  const name = `made ${info.project.name}`
  await signIn(page, stocked, 'operator', `/endpoints/${id}`)
  await page.getByRole('button', { name: 'New folder' }).click()
  await page.getByLabel('Name', { exact: true }).fill('A001')
  await page.getByRole('button', { name: 'Make the folder' }).click()
  await expect(page.getByText('This name is taken')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Make the folder' }).click()
  await entry(page, name).click()
  await expect(page.getByText('This folder is empty.')).toBeVisible()
  const upload = { name: 'sent.txt', mimeType: 'text/plain', buffer: Buffer.from('sent') }
  await page.getByLabel('Files to upload').setInputFiles(upload)
  await expect(entry(page, 'sent.txt')).toBeVisible()
  expect(await readFile(join(folder, name, 'sent.txt'), 'utf8')).toBe('sent')

  await page.getByRole('button', { name: 'More for sent.txt' }).click()
  await page.getByRole('menuitem', { name: 'Rename…' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Über "x".txt')
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(entry(page, 'Über "x".txt')).toBeVisible()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'More for Über "x".txt' }).click()
  await page.getByRole('menuitem', { name: 'Download' }).click()
  const download = await downloading
  expect(await text(createReadStream(await download.path()))).toBe('sent')

  await page.getByRole('navigation', { name: 'Folder' }).getByRole('button', { name: 'cards' }).click()
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  await expect(page.getByText('Deletes 1 file (4 B) in 1 folder.')).toBeVisible()
  const button = page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true })
  await expect(button).toBeDisabled()
  await expectAccessible(page)
  await page.getByLabel(`Type ${name} to delete it`).fill(name)
  await button.click()
  await expect(entry(page, name)).toHaveCount(0)
  await expect(entry(page, 'A001')).toBeVisible()
})

test('a transfer begins from and to a folder that is looked at', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', `/endpoints/${id}`)
  await page.getByRole('button', { name: 'More for A001' }).click()
  await page.getByRole('menuitem', { name: 'New transfer to here' }).click()
  await expect(page.getByLabel('Path in cards')).toHaveValue('A001')
  await expect(page.getByLabel('To', { exact: true })).toHaveValue(id)
  await page.getByRole('button', { name: 'Browse' }).last().click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expect(entry(page, 'A001_C010.mxf')).toBeVisible()
  await expectAccessible(page)
})

test('the health of an endpoint is told after a test', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', `/endpoints/${id}`)
  await page.getByRole('button', { name: 'Test', exact: true }).first().click()
  await expect(page.getByText('It works', { exact: true })).toBeVisible()
  await page.goto(`${stocked.origin}/endpoints/${id}?tab=health`)
  await expect(page.getByText('by a test')).toBeVisible()
  await expect(page.getByText(/used, .* free/)).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await page.goto(`${stocked.origin}/endpoints`)
  await expect(page.getByText(/^ok (just now|\d)/).first()).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
})
