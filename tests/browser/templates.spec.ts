import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits, signIn, test } from './stocked.ts'

test.use({ house: 'templates', timezoneId: 'Europe/Berlin' })
test.describe.configure({ mode: 'serial' })

type Template = { id: string; name: string; enabled: boolean; triggers: { id: string; type: string }[] }

const examples = (page: Page) => page.getByRole('region', { name: 'Files and where they land' })

test('a template is made with a watch and a schedule, with examples and firings as one types', async ({
  page,
  stocked,
}) => {
  await writeFile(join(stocked.files, 'cards', 'A001', 'notes.txt'), 'not a clip')
  await mkdir(join(stocked.files, 'cards', 'A001', 'proxy'))
  await writeFile(join(stocked.files, 'cards', 'A001', 'proxy', 'small.mxf'), 'p')
  await signIn(page, stocked, 'operator', '/templates')
  await expect(page.getByRole('heading', { name: 'No template yet' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Make a template' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Camera cards')
  await page.getByLabel('From', { exact: true }).last().selectOption({ label: 'cards' })
  await page.getByLabel('To', { exact: true }).last().selectOption({ label: 'archive' })
  // The real source, by the dialog that browses.
  await page.getByRole('button', { name: 'Browse' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'A001' }).click()
  await page.getByRole('button', { name: 'Choose “A001”' }).click()
  await expect(examples(page)).toContainText('notes.txt')
  await page.getByLabel('Which files').fill('*.mxf')
  await expect(page.getByText('7 of 8 shown are taken')).toBeVisible()
  await page.getByLabel('Path in archive').fill('in/{year}/{path}/{name}-kept.{ext}')
  await expect(examples(page)).toContainText(`archive:in/${new Date().getFullYear()}/proxy/small-kept.mxf`)
  await expectAccessible(page)
  await expectFits(page)

  const destination = page.locator('[data-field="destination.path"]')
  await page.getByLabel('Path in archive').fill('in/{yaer}')
  await expect(destination).toContainText('There is no variable {yaer}.')
  await page.getByLabel('Path in archive').fill('../{year}')
  await expect(destination).toContainText('cannot climb')
  await page.getByLabel('Path in archive').fill('in/same.mxf{size}')
  await page.getByLabel('Path in archive').fill('in/{year}/{path}/{filename}')
  await expect(destination).not.toContainText('cannot climb')

  await page.getByRole('button', { name: 'Add a schedule' }).click()
  const schedule = page.getByRole('group', { name: 'Schedule 1' })
  await schedule.getByLabel('Minute hour day month weekday').fill('30 2 * *')
  await expect(schedule.locator('[data-field=cron]')).toContainText('Five fields are expected')
  await schedule.getByLabel('Minute hour day month weekday').fill('30 2 * * 1-5')
  await expect(schedule).toContainText('At 02:30, Monday through Friday (Europe/Berlin)')
  await expect(schedule.getByRole('list', { name: 'Next firings' }).getByRole('listitem')).toHaveCount(10)
  await expect(schedule).toContainText('However many firings were missed, it runs once for them.')
  // The unit is the one that was chosen, whatever the number.
  await schedule.getByLabel('Fires').selectOption('Every so often')
  await schedule.getByLabel('Every', { exact: true }).fill('24')
  await expect(schedule.getByLabel('Every', { exact: true })).toHaveValue('24')
  await expect(schedule.getByLabel('Unit')).toHaveValue('3600')
  await schedule.getByLabel('Unit').selectOption('days')
  await expect(schedule).toContainText('Every 24 days')
  await schedule.getByLabel('Fires').selectOption('At times')
  await schedule.getByLabel('Minute hour day month weekday').fill('30 2 * * 1-5')
  await page.getByRole('button', { name: 'Watch the folder' }).click()
  await page.getByLabel('Ready when unchanged for').fill('2')
  await expectAccessible(page)
  await expectFits(page)
  await page.getByText('The same by command line and API').click()
  const same = page.getByRole('region', { name: 'The same by command line and API' })
  await expect(same).toContainText('npx file-orbit templates create --file -')
  await expect(same).toContainText('"readyAfterSeconds": 2')

  await page.getByRole('button', { name: 'Save the template' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Camera cards' })).toBeVisible()
  await expect(page.getByText(/Copies files that match \*\.mxf from cards:A001 to/)).toBeVisible()
  const started = page.getByRole('list', { name: 'What starts it' })
  await expect(started).toContainText('At 02:30, Monday through Friday (Europe/Berlin)')
  await expect(started).toContainText('When a file is created or changed')
  await expect(started.getByRole('group')).toContainText('Next in')
  await expectAccessible(page)
  await expectFits(page)
})

test('what is wrong in what is folded away is shown there, and an empty line is not wrong', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'operator', '/templates')
  await page.getByRole('link', { name: 'Camera cards' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByText('Names to ignore, and how it looks').click()
  await page.getByLabel('Names that never count').fill(`*.tmp\n\n${'x'.repeat(201)}\n`)
  await page.getByText('Names to ignore, and how it looks').click()
  await expect(page.getByLabel('Names that never count')).toBeHidden()
  await page.getByRole('button', { name: 'Save the changes' }).click()
  await expect(page.getByText('it is said at each field')).toBeVisible()
  await expect(page.getByLabel('Names that never count')).toBeFocused()
  await page.getByLabel('Names that never count').fill('*.tmp\n\n')
  await page.getByText('Spread, quiet hours, pause and ping').click()
  await page.getByRole('button', { name: 'Add quiet hours' }).click()
  await page.getByRole('group', { name: 'Days of quiet hours 1' }).getByLabel('Mon').check()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save the changes' }).click()
  const started = page.getByRole('list', { name: 'What starts it' })
  await expect(started).toContainText('Quiet from 08:00 to 18:00 on Mon.')
  const { items } = await stocked.call<{ items: Template[] }>('GET', '/templates')
  expect(items[0]!.triggers).toContainEqual(expect.objectContaining({ type: 'watch', ignore: ['*.tmp'] }))
})

test('what became of its last firings stands at the schedule', async ({ page, stocked }) => {
  const { items } = await stocked.call<{ items: Template[] }>('GET', '/templates')
  const [{ id, triggers }] = items as [Template]
  const schedule = triggers.find(({ type }) => type === 'schedule')!
  const tell = (hours: number, state: string, reason: string) => stocked.sql`
    insert into firings (trigger_id, due_at, template_id, state, reason, seen_at, ping) values (${schedule.id},
      now() - make_interval(hours => ${hours}), ${id}, ${state}, ${reason}, now(), '{"tries": 1, "status": 204, "at": ""}')`
  await tell(2, 'missed', 'Nobody was there.')
  await tell(1, 'skipped', 'The run before is not over.')
  await signIn(page, stocked, 'viewer', `/templates/${id}`)
  await page.getByText(/^Last .*: Skipped$/).click()
  const last = page.getByRole('list', { name: 'Last firings' }).getByRole('listitem')
  await expect(last).toHaveCount(2)
  await expect(last.first()).toContainText('The run before is not over.')
  await expect(last.last()).toContainText('Nobody was there.')
  await expect(last.last()).toContainText('Ping answered 204')
  await expectAccessible(page)
  await expectFits(page)
})

test('a name that is taken is said at its field, and what was typed stays', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/templates/new')
  await page.getByLabel('Name', { exact: true }).fill('camera CARDS')
  await page.getByLabel('Which files').fill('*.tif')
  await page.getByRole('button', { name: 'Save the template' }).click()
  await expect(page.getByText('A template of this name exists already')).toBeVisible()
  await expect(page.getByLabel('Which files')).toHaveValue('*.tif')
})

test('it is run now as if it were another day, and its job says so', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/templates')
  await page.getByRole('link', { name: 'Camera cards' }).click()
  await page.getByRole('button', { name: 'Run now' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('As if it were, in').fill('2019-05-04T12:00')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Camera cards' })).toBeVisible()
  await expect(page).toHaveURL(/\/jobs\//)
  await expect(page.getByText('by template “Camera cards”')).toBeVisible()
  await expect(page.locator('[data-state=completed]').first()).toBeVisible()
  await page.getByRole('link', { name: '“Camera cards”' }).click()
  await page
    .getByRole('navigation', { name: 'Parts of the template' })
    .getByRole('link', { name: 'Jobs' })
    .click()
  await expect(page.getByRole('list', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(1)
  await page.getByRole('link', { name: 'All its jobs, with filters' }).click()
  await expect(page).toHaveURL(/templateId=/)
  await expect(page.getByRole('list', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(1)
  await expect(page.getByRole('link', { name: /Camera cards ?: take this filter away/ })).toBeVisible()
  const { items } = await stocked.call<{ items: Template[] }>('GET', '/templates')
  const jobs = await stocked.call<{
    items: { template: { name: string }; trigger: string; files: number }[]
  }>('GET', `/jobs?templateId=${items[0]!.id}`)
  expect(jobs.items).toMatchObject([{ template: { name: 'Camera cards' }, trigger: 'manual', files: 7 }])
})

test('the list shows how it went, switches it off, and is searched', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/templates')
  const row = page.getByRole('list', { name: 'Templates' }).getByRole('listitem')
  await expect(row).toContainText('At 02:30, Monday through Friday')
  await expect(row).toContainText('1 of 1')
  await expect(row).toContainText('next in')
  const toggle = row.getByRole('switch', { name: 'Camera cards is on' })
  await toggle.click()
  await expect(toggle).not.toBeChecked()
  await expect(row).not.toContainText('next in')
  const enabled = async () =>
    (await stocked.call<{ items: Template[] }>('GET', '/templates')).items.map((one) => one.enabled)
  expect(await enabled()).toEqual([false])
  await toggle.click()
  await expect(row).toContainText('next in')
  expect(await enabled()).toEqual([true])
  await expectAccessible(page)
  await page.getByRole('searchbox').fill('nothing')
  await expect(page.getByText('No template of that name')).toBeVisible()
  await page.getByRole('link', { name: 'Show all templates' }).click()
  await expect(row).toHaveCount(1)
  await page.goto(`${stocked.origin}/overview`)
  await expect(page.getByRole('list', { name: 'Next' })).toContainText('Camera cards')
})

test('it is changed, duplicated and deleted', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator', '/templates')
  await page.getByRole('link', { name: 'Camera cards' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await expect(page.getByLabel('Ready when unchanged for')).toHaveValue('2')
  await page.getByRole('button', { name: 'Take away the schedule' }).click()
  await page.getByRole('button', { name: 'Save the changes' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Camera cards' })).toBeVisible()
  await expect(page.getByText('At 02:30, Monday through Friday')).toHaveCount(0)
  await page.getByRole('link', { name: 'Duplicate' }).click()
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Camera cards copy')
  await page.getByRole('button', { name: 'Save the template' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Camera cards copy' })).toBeVisible()
  await page.getByRole('button', { name: 'Delete' }).click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('Its trigger stops')
  await expect(question).toContainText('no file is touched')
  await expectAccessible(page)
  await question.getByRole('button', { name: 'Delete it' }).click()
  await expect(page).toHaveURL(`${stocked.origin}/templates`)
  await expect(page.getByRole('list', { name: 'Templates' }).getByRole('listitem')).toHaveCount(1)
})

test('a viewer reads, and changes nothing', async ({ page, stocked }) => {
  await signIn(page, stocked, 'viewer', '/templates/new')
  await expect(page.getByRole('heading', { name: 'This page needs an operator' })).toBeVisible()
  await page.goto(`${stocked.origin}/templates`)
  await expect(page.getByRole('switch')).toHaveCount(0)
  await page.getByRole('link', { name: 'Camera cards' }).click()
  await expect(page.getByText('When a file is created or changed').first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Run now' })).toHaveCount(0)
})

test('the AWS side is filled with what is given, each way with its own policies', async ({
  page,
  stocked,
}) => {
  await signIn(page, stocked, 'operator', '/templates/s3-events')
  await page.getByLabel('Bucket and prefix').fill('uploads/incoming')
  await page.getByLabel('URL of the queue').fill('https://sqs.eu-central-1.amazonaws.com/123456789012/landed')
  await page.getByRole('button', { name: 'Fill in' }).click()
  const main = page.getByRole('main')
  await expect(main).toContainText('"Resource": "arn:aws:sqs:eu-central-1:123456789012:landed"')
  await expect(main).toContainText('"aws:SourceArn": "arn:aws:s3:::uploads"')
  await expect(main).toContainText('"Value": "incoming/"')
  await expect(main).toContainText('sqs:ChangeMessageVisibility')
  await page.getByRole('link', { name: 'Bucket → EventBridge → SQS' }).click()
  await expect(main).toContainText('"EventBridgeConfiguration": {}')
  await expect(main).toContainText('arn:aws:events:eu-central-1:123456789012:rule/file-orbit-events')
  await page.getByRole('link', { name: 'Bucket → SNS → SQS' }).click()
  await expect(main).toContainText('"Action": "sns:Publish"')
  await expectAccessible(page)
  await expectFits(page)
})
