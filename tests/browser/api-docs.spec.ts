import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { refusePrefetch, scriptBytes } from './measures.ts'
import { running } from './stocked.ts'
import { test as shared } from './system.ts'

/** A File Orbit of this file's own: the set-up link of the shared one is another file's story. */
const test = shared.extend<object, { apart: string }>({
  apart: ['api-docs', { scope: 'worker', auto: true }],
})

/** What trying calls may add to the scripts of a page that only shows text, compressed. */
const MOST_SCRIPT_BYTES = 16 * 1024

async function expectGood(page: Page): Promise<void> {
  await expect(page).toHaveTitle(/API · File Orbit|API.*File Orbit/)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual(
      [],
    )
  }
  const { width } = page.viewportSize()!
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.FILE_ORBIT_API_PICTURES
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** The compressed bytes of a page's own scripts, once they are at work and each that it names has come. */
async function weigh(page: Page, address: string): Promise<number> {
  await page.goto(address)
  await expect(running(page)).toBeVisible()
  await page.waitForFunction(() => {
    const come = new Set(performance.getEntriesByType('resource').map(({ name }) => name))
    return [...document.scripts].every(({ src, noModule }) => src === '' || noModule || come.has(src))
  })
  return scriptBytes(page)
}

test('the API is read and tried on its page', async ({ page, system }, info) => {
  const { origin, setupLink, files } = system
  await page.goto(setupLink)
  await page.getByLabel('E-mail').fill('ops@studio.example')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create the first owner' }).click()
  await expect(page.getByRole('heading', { name: 'Endpoints' })).toBeVisible()

  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'API' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'API' })).toBeVisible()
  await expect(page.getByRole('heading', { level: 2, name: 'Jobs' })).toBeVisible()
  await expectGood(page)
  await picture(page, `${info.project.name}-list-dark`)

  // A creation: asked first, then made.
  await page.getByRole('link', { name: '/endpoints', exact: true }).last().click()
  await expect(page.getByRole('heading', { level: 1, name: 'Add an endpoint' })).toBeVisible()
  const curl = page.getByLabel('The same by curl')
  await expect(curl).toHaveValue(/^curl -X POST "\$FILE_ORBIT_SERVER"\/api\/v1\/endpoints/)
  await mkdir(join(files, 'tried'))
  const body = page.getByLabel('Body', { exact: true })
  await body.fill('{"name": ')
  await expect(page.getByText('This is not JSON.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled()
  await body.fill(JSON.stringify({ name: 'tried', type: 'local', path: join(files, 'tried') }))
  await expect(curl).toHaveValue(/"name":"tried"/)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByText('Send POST now?')).toBeVisible()
  await page.getByRole('button', { name: 'Do not send' }).click()
  await expect(page.getByText(/in \d+ ms/)).toBeHidden()
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('button', { name: 'Send it' }).click()
  await expect(page.getByText(/^201/)).toBeVisible()
  const answer = page.getByLabel('The answer')
  await expect(answer).toHaveValue(/"name": "tried"/)
  const { id } = JSON.parse(await answer.inputValue()) as { id: string }
  await expectGood(page)
  await picture(page, `${info.project.name}-create-dark`)

  // A reading with a parameter in the path, and a refusal.
  await page.goto(`${origin}/api-docs/readEndpoint`)
  await expect(page.getByText('Give id first.')).toBeVisible()
  await page.getByRole('textbox', { name: 'id' }).fill(id)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByText(/^200/)).toBeVisible()
  await expect(answer).toHaveValue(/"name": "tried"/)
  await page.getByRole('textbox', { name: 'id' }).fill('nothing')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByText('404 Not Found')).toBeVisible()
  await expectGood(page)

  // A stream tells its events until it is stopped.
  await page.goto(`${origin}/api-docs/openStream`)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(answer).toHaveValue(/event: snapshot/)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden()

  await refusePrefetch(page)
  const [text, form] = [
    await weigh(page, `${origin}/api-docs`),
    await weigh(page, `${origin}/api-docs/createJob`),
  ]
  expect(form - text, `${form} bytes of scripts in all`).toBeLessThan(MOST_SCRIPT_BYTES)
  await expectGood(page)
  await page.emulateMedia({ colorScheme: 'light' })
  await picture(page, `${info.project.name}-job`)
  await page.goto(`${origin}/api-docs`)
  await picture(page, `${info.project.name}-list`)
  await page.goto(`${origin}/api-docs/nothing`)
  await expect(page.getByText('There is nothing here')).toBeVisible()
})
