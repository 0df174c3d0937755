import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, signIn } from './stocked.ts'
import { test } from './storages.ts'

test.use({ house: 'conf' })
test.describe.configure({ mode: 'serial' })

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).click()
const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Remotes' }).getByRole('listitem').filter({ hasText: name })

test('an rclone.conf is looked at, decided on, imported and tested', async ({ page, stocked, ssh }, {
  project,
}) => {
  const word = project.name
  const { items } = await stocked.call<{ items: { name: string; path: string }[] }>('GET', '/endpoints')
  const cards = items.find(({ name }) => name === 'cards')!
  const conf = [
    `[far ${word}]\ntype = sftp\nhost = ${ssh.host}\nport = ${ssh.port}\nuser = ${ssh.user}`,
    `key_pem = ${ssh.keys.plain.pem.trim().replaceAll('\n', '\\n')}\\n\nkey_file = ~/.ssh/id\n`,
    `[over ${word}]\ntype = alias\nremote = far ${word}:\n`,
    `[cards]\ntype = alias\nremote = ${cards.path}\n`,
    `[disk ${word}]\ntype = local\n[old ${word}]\ntype = nonsense\n`,
  ].join('\n')
  await signIn(page, stocked, 'operator')
  await page.goto(`${stocked.origin}/endpoints`)
  await page.getByRole('link', { name: 'Import' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Import rclone.conf' })).toBeVisible()
  await expect(page.getByText('A file on the agent')).toBeHidden()
  await page.getByLabel('The configuration').fill('[x]\nno line of one\n')
  await press(page, 'Look at it')
  await expect(page.getByText(/Line 2 is neither/)).toBeVisible()
  const file = test.info().outputPath('rclone.conf')
  await writeFile(file, conf)
  await page.getByLabel(/Or a file of this computer/).setInputFiles(file)
  await press(page, 'Look at it')
  await expect(row(page, `old ${word}`)).toContainText('no storage type "nonsense"')
  await expectAccessible(page)
  await expectFits(page)
  const importButton = page.getByRole('button', { name: /^Import \d/ })
  await expect(importButton).toBeDisabled()
  await row(page, `old ${word}`).getByRole('checkbox').uncheck()
  await row(page, 'cards')
    .getByRole('button', { name: /^Call it cards \d/ })
    .click()
  await expect(row(page, 'cards')).toContainText(/is added as cards \d/)
  await page.getByLabel(`Folder of disk ${word}`).fill(cards.path)
  await page.getByLabel(`Folder of disk ${word}`).press('Enter')
  await expect(row(page, `disk ${word}`)).toContainText('is added')
  await expect(row(page, `far ${word}`).first()).toContainText('Without key_file')
  await row(page, `far ${word}`).first().getByRole('button', { name: 'Look at the host key' }).click()
  await expect(page.getByRole('alertdialog')).toContainText('SHA256:')
  await page.getByRole('button', { name: 'Accept this key' }).click()
  await expect(row(page, `over ${word}`)).toContainText(`Lies over far ${word}`)
  await expect(importButton).toHaveText('Import 4 endpoints')
  await importButton.click()
  await expect(page.getByText('4 endpoints were imported')).toBeVisible()
  await expect(page.getByText('4 of 4 work now.')).toBeVisible({ timeout: 60_000 })
  await expectAccessible(page)
  await expectFits(page)
  await page.getByRole('link', { name: `over ${word}` }).click()
  await expect(page.getByRole('heading', { level: 1, name: `over ${word}` })).toBeVisible()
})

test('an encrypted one asks for its password', async ({ page, stocked }, { project }) => {
  const file = test.info().outputPath('enc.conf')
  const { items } = await stocked.call<{ items: { name: string; path: string }[] }>('GET', '/endpoints')
  const path = items.find(({ name }) => name === 'cards')!.path
  await writeFile(file, `[sealed ${project.name}]\ntype = alias\nremote = ${path}\n`)
  const script = test.info().outputPath('pass.sh')
  await writeFile(script, '#!/bin/sh\necho hunter-22\n', { mode: 0o700 })
  const { rclone } = await stocked.call<{ rclone: { path: string } }>('GET', '/health')
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    RCLONE_CONFIG: file,
    RCLONE_PASSWORD_COMMAND: script,
  }
  spawnSync(rclone.path, ['config', 'encryption', 'set'], { env: { ...env, NODE_ENV: 'production' } })
  await signIn(page, stocked, 'operator')
  await page.goto(`${stocked.origin}/endpoints/import`)
  await page.getByLabel('The configuration').fill(await readFile(file, 'utf8'))
  await page.getByLabel('Password of the configuration').fill('wrong')
  await press(page, 'Look at it')
  await expect(page.getByText('This password does not decrypt the configuration.')).toBeVisible()
  await page.getByLabel('Password of the configuration').fill('hunter-22')
  await press(page, 'Look at it')
  await expect(row(page, `sealed ${project.name}`)).toContainText('is added')
})

test('an owner gives the password again and gets the file; an operator does not', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'operator')
  await page.goto(`${stocked.origin}/endpoints/export`)
  await expect(page.getByText('This page needs an owner')).toBeVisible()
  // The page would notice that its session is gone, and lead to the sign-in by itself.
  await page.goto('about:blank')
  await page.context().clearCookies()
  await signIn(page, stocked)
  await page.goto(`${stocked.origin}/endpoints`)
  await page.getByRole('link', { name: 'Export' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Export rclone.conf' })).toBeVisible()
  await page.getByLabel('Your password').fill('not it')
  await press(page, 'Export')
  await expect(page.getByText('This is not your password.')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('Your password').fill('correct horse battery')
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Export')])
  const saved = join(test.info().outputDir, 'got.conf')
  await download.saveAs(saved)
  expect(download.suggestedFilename()).toBe('rclone.conf')
  expect(await readFile(saved, 'utf8')).toMatch(/^\[cards\]\ntype = alias$/m)
  await expect(page.getByText(/endpoints are in the file/)).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
})
