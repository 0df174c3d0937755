import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { fingerprintOf } from '#tests/support/fingerprint.ts'
import { expectAccessible, expectFits, signIn } from './stocked.ts'
import { test } from './storages.ts'

test.use({ house: 'forms' })
test.describe.configure({ mode: 'serial' })

const nameOf = (word: string) => `${word}-${test.info().project.name}`

async function choose(page: Page, origin: string, kind: string): Promise<void> {
  await page.goto(`${origin}/endpoints/new`)
  await page.getByRole('link', { name: kind, exact: true }).click()
  await expect(page.getByLabel('Name', { exact: true })).toBeVisible()
}

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

test('an SFTP endpoint: its host key is shown and accepted, its password is shown nowhere', async ({
  page,
  stocked,
  ssh,
}) => {
  await mkdir(join(ssh.folder, 'rushes'), { recursive: true })
  await writeFile(join(ssh.folder, 'rushes', 'A001.mxf'), 'clip')
  const bodies: string[] = []
  page.on('response', async (answer) => {
    if (/html|json|component/.test(answer.headers()['content-type'] ?? '')) {
      bodies.push(await answer.text().catch(() => ''))
    }
  })
  await signIn(page, stocked, 'operator')
  await choose(page, stocked.origin, 'SFTP')
  await expectAccessible(page)
  await expectFits(page)
  await field(page, 'Name').fill(nameOf('nas'))
  await field(page, 'Host').fill(ssh.host)
  await field(page, 'Port').fill(String(ssh.port))
  await field(page, 'User').fill(ssh.user)
  await field(page, 'Password').fill('not the password')
  await press(page, 'Test')
  const question = page.getByRole('alertdialog', { name: /Is this the key of/ })
  await expect(question).toContainText(fingerprintOf(ssh.hostKey))
  await expectAccessible(page)
  await question.getByRole('button', { name: 'Accept this key' }).click()
  await expect(page.getByText('It does not work yet')).toBeVisible()
  const stages = page.getByRole('status').filter({ hasText: 'It does not work yet' })
  await expect(stages.getByRole('listitem').last()).toContainText('Sign in')
  await expect(stages.getByText('The exact words')).toBeVisible()
  await field(page, 'Password').fill(ssh.password)
  await expect(page.getByText('before the last change')).toBeVisible()
  await page.getByLabel('also write and delete a small file').check()
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  for (const stage of ['Settings', 'Resolve', 'Connect', 'Secure', 'Sign in', 'List', 'Write']) {
    await expect(page.getByRole('listitem').filter({ hasText: stage })).toContainText(/\d+ ms/)
  }
  await page.getByLabel('Choose a folder that the test found').selectOption('rushes')
  await expect(field(page, 'Folder')).toHaveValue('rushes')
  await page.getByText('As a command and a call').click()
  await expect(page.getByText(/endpoints create .* --secret pass/)).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('nas') })).toBeVisible()
  await expect(page.getByText('A001.mxf')).toBeVisible()
  const { items } = await stocked.call<{ items: { id: string; name: string }[] }>('GET', '/endpoints')
  const made = items.find(({ name }) => name === nameOf('nas'))!
  expect(await stocked.call('GET', `/endpoints/${made.id}`)).toMatchObject({
    ...{ type: 'sftp', path: 'rushes' },
    settings: { host: ssh.host, pass: { set: true }, host_keys: ssh.hostKey },
  })

  // Changed by the form: what it does not touch stays, what is replaced is new.
  await page.goto(`${stocked.origin}/endpoints/${made.id}?tab=settings`)
  await field(page, 'Folder').fill('')
  await press(page, 'Save')
  await expect(page.getByText('Saved')).toBeVisible()
  await page.getByRole('button', { name: 'Test', exact: true }).last().click()
  await expect(page.getByText('It works')).toBeVisible()
  await press(page, 'Replace Password')
  await expect(field(page, 'Password')).toBeFocused()
  await page.keyboard.type('wrong again')
  await page.getByRole('button', { name: 'Test', exact: true }).last().click()
  await expect(page.getByText('It does not work yet')).toBeVisible()
  await field(page, 'Password').fill(ssh.password)
  await press(page, 'Save')
  await expect(page.getByRole('button', { name: 'Replace Password' })).toBeVisible()
  await page.getByRole('button', { name: 'Test', exact: true }).last().click()
  await expect(page.getByText('It works')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await page.reload()
  await expect(page.getByRole('button', { name: 'Replace Password' })).toBeVisible()
  expect((await page.content()).includes(ssh.password)).toBe(false)
  expect(bodies.filter((body) => body.includes(ssh.password))).toEqual([])
  expect(bodies.length).toBeGreaterThan(5)
})

test('a host key that has changed is told loudly, and taken only after a question', async ({
  page,
  stocked,
  ssh,
}) => {
  const before = ssh.hostKey
  const changed = await ssh.changeHostKey()
  await signIn(page, stocked, 'operator', '/endpoints')
  await page.getByRole('link', { name: nameOf('nas') }).click()
  await press(page, 'Test')
  await expect(
    page.getByText('The server shows another host key than the one accepted', { exact: true }),
  ).toBeVisible()
  await expectAccessible(page)
  await press(page, 'Look at the new key…')
  const question = page.getByRole('alertdialog', { name: /has changed/ })
  await expect(question).toContainText(fingerprintOf(changed))
  await expect(question).toContainText('another machine may be in between')
  await expectAccessible(page)
  await question.getByRole('button', { name: 'Keep the old key' }).click()
  const { items } = await stocked.call<{
    items: { id: string; name: string; settings: Record<string, unknown> }[]
  }>('GET', '/endpoints')
  const kept = items.find(({ name }) => name === nameOf('nas'))!
  expect(kept.settings.host_keys).toBe(before)
  await press(page, 'Look at the new key…')
  await question.getByRole('button', { name: 'Accept the new key' }).click()
  await expect(page.getByText('It works')).toBeVisible()
  expect(await stocked.call('GET', `/endpoints/${kept.id}`)).toMatchObject({
    settings: { host_keys: changed },
  })
})

test('an SFTP endpoint by a pasted key with its passphrase, by keys alone', async ({
  page,
  stocked,
  ssh,
}) => {
  await signIn(page, stocked, 'operator', '/endpoints')
  await page.goto(`${stocked.origin}/endpoints/new`)
  await page.getByRole('link', { name: 'SFTP', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(field(page, 'Name')).toBeVisible()
  const { encrypted } = ssh.keys
  const typed: [string, string][] = [
    ['Name', nameOf('by-key')],
    ['Host', ssh.host],
    ['Port', String(ssh.port)],
    ['User', ssh.user],
  ]
  for (const [label, text] of typed) {
    await field(page, label).focus()
    await page.keyboard.insertText(text)
  }
  await field(page, 'Private key').focus()
  await page.keyboard.insertText(encrypted.pem)
  await field(page, 'Passphrase of the key').focus()
  await page.keyboard.insertText(encrypted.passphrase)
  await page.keyboard.press('Enter')
  const question = page.getByRole('alertdialog', { name: /Is this the key of/ })
  await expect(question).toBeVisible()
  await expect(question.getByRole('button', { name: 'It is not' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(question.getByRole('button', { name: 'Accept this key' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('by-key') })).toBeVisible()
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
})

test('an S3 endpoint: fields come and go with the provider, the bucket is chosen from those there are', async ({
  page,
  stocked,
  s3,
}) => {
  await s3.createBucket(nameOf('rushes'))
  await signIn(page, stocked, 'operator')
  await choose(page, stocked.origin, 'S3')
  await expect(field(page, 'Endpoint URL')).toBeVisible()
  await field(page, 'Provider').selectOption('AWS')
  await page.getByText('More settings').click()
  await page.getByLabel('Search in the settings').fill('requester')
  await expect(field(page, 'Requester pays')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await field(page, 'Provider').selectOption('Other')
  await expect(field(page, 'Requester pays')).toHaveCount(0)
  await field(page, 'Name').fill(nameOf('bucket'))
  await field(page, 'Access key ID').fill(s3.user)
  await press(page, 'Add the endpoint')
  // What lacks is said at its field, the first of them is where one goes on.
  await expect(page.getByText('The secret that belongs to the access key.')).toBeVisible()
  await expect(field(page, 'Secret access key')).toBeFocused()
  await expect(field(page, 'Access key ID')).toHaveValue(s3.user)
  await expectAccessible(page)
  await field(page, 'Secret access key').fill(s3.password)
  await field(page, 'Region').fill(s3.rules.region)
  await field(page, 'Endpoint URL').fill(s3.settings.endpoint!)
  await page.getByRole('switch', { name: 'Bucket in the path' }).check()
  await page.getByLabel('Search in the settings').fill('chunk')
  await field(page, 'Chunk size').fill('a lot')
  await press(page, 'Test')
  await expect(page.getByText('A size such as 64M or 5Gi, or off.')).toBeVisible()
  await expect(field(page, 'Chunk size')).toBeFocused()
  await field(page, 'Chunk size').fill('8Mi')
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  await page.getByLabel('Choose a bucket that the test found').selectOption(nameOf('rushes'))
  await expect(field(page, 'Bucket and prefix')).toHaveValue(nameOf('rushes'))
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('bucket') })).toBeVisible()
  await expect(page.getByText('This folder is empty.')).toBeVisible()
})

test('an SMB endpoint: a pasted UNC path is understood, the share is chosen from a list', async ({
  page,
  stocked,
  smb,
}) => {
  await mkdir(join(smb.folders.open, 'raw'), { recursive: true })
  await signIn(page, stocked, 'operator')
  await choose(page, stocked.origin, 'SMB / CIFS')
  await field(page, 'Name').fill(nameOf('share'))
  await field(page, 'Host').fill(`\\\\${smb.host}\\${smb.shares.open}\\raw`)
  await field(page, 'Port').fill(String(smb.port))
  await expect(page.getByText('Read as host 127.0.0.1, share and folder files/raw.')).toBeVisible()
  await expect(field(page, 'Host')).toHaveValue(smb.host)
  await expect(field(page, 'Share and folder')).toHaveValue('files/raw')
  await field(page, 'User').fill(`${smb.domain}\\${smb.user}`)
  await field(page, 'Password').fill(smb.password)
  await expect(field(page, 'Domain or workgroup')).toHaveValue(smb.domain)
  await expect(field(page, 'User')).toHaveValue(smb.user)
  await field(page, 'Share and folder').fill('')
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  await page.getByLabel('Choose a share that the test found').selectOption(smb.shares.open)
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('share') })).toBeVisible()
  await expect(page.getByRole('button', { name: 'raw', exact: true })).toBeVisible()
})

test('endpoints over others choose them from those there are', async ({ page, stocked, ssh }) => {
  await signIn(page, stocked, 'operator')
  await choose(page, stocked.origin, 'Encrypted')
  await field(page, 'Name').fill(nameOf('vault'))
  await field(page, 'Password').fill('a vault pass-phrase')
  await press(page, 'Add the endpoint')
  await expect(field(page, 'Lies over')).toBeFocused()
  await field(page, 'Lies over').selectOption({ label: nameOf('by-key') })
  await press(page, 'Browse')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /rushes/ })
    .click()
  await press(page, 'Choose “rushes”')
  await expect(field(page, `Folder in ${nameOf('by-key')}`)).toHaveValue('rushes')
  await field(page, `Folder in ${nameOf('by-key')}`).fill(nameOf('vault'))
  await page.getByLabel('also write and delete a small file').check()
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('vault') })).toBeVisible()
  expect(await readFile(join(ssh.folder, 'rushes', 'A001.mxf'), 'utf8')).toBe('clip')

  await choose(page, stocked.origin, 'With checksums')
  await field(page, 'Name').fill(nameOf('known'))
  await field(page, 'Lies over').selectOption({ label: nameOf('vault') })
  await field(page, 'Checksums').fill('md5')
  await field(page, 'Keep for').fill('30d')
  await page.getByLabel('also write and delete a small file').check()
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('known') })).toBeVisible()

  await choose(page, stocked.origin, 'Combined')
  await field(page, 'Name').fill(nameOf('both'))
  await field(page, 'Endpoint 1').selectOption({ label: 'cards' })
  await field(page, 'Shown as the folder').fill('cards')
  await press(page, 'One more')
  await field(page, 'Endpoint 2').selectOption({ label: nameOf('by-key') })
  await field(page, `Folder in ${nameOf('by-key')}`).fill('rushes')
  await field(page, 'Shown as the folder').last().fill('nas')
  await expectAccessible(page)
  await expectFits(page)
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('both') })).toBeVisible()
  await page.getByRole('button', { name: /^nas/ }).click()
  await expect(page.getByText('A001.mxf')).toBeVisible()
})

test('every kind is offered in a group or found by its name, light and dark', async ({ page, stocked }) => {
  await signIn(page, stocked, 'operator')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.goto(`${stocked.origin}/endpoints/new`)
    await expect(page.getByRole('region', { name: 'Servers and shares' })).toContainText('SMB / CIFS')
    await expectAccessible(page)
    await expectFits(page)
    for (const kind of ['Union', 'Google Drive', 'S3']) {
      await choose(page, stocked.origin, kind)
      await expectAccessible(page)
      await expectFits(page)
    }
    await page.getByText('More settings').click()
    await expectAccessible(page)
  }
  await page.goto(`${stocked.origin}/endpoints/new`)
  await page.getByLabel('Search for a storage').fill('koofr')
  await page.getByRole('link', { name: /Koofr/ }).click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0)
  await field(page, 'Provider').selectOption('digistorage')
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(1)
  await page.goto(`${stocked.origin}/endpoints/new?type=bogus`)
  await expect(page.getByText('There is nothing here')).toBeVisible()
})

test('a service is signed in at, question by question, and again later', async ({ page, stocked, cloud }) => {
  await signIn(page, stocked, 'operator')
  await choose(page, stocked.origin, 'Google Drive')
  const panel = page.getByRole('region', { name: /^Sign in at/ })
  await panel.getByRole('button', { name: 'Sign in' }).click()
  await expect(panel.getByRole('link', { name: /rclone.org/ })).toBeVisible()
  await panel.getByLabel('Your answer').selectOption('Yes')
  await expectAccessible(page)
  await panel.getByRole('button', { name: 'Go on' }).click()
  await expect(panel.getByText('rclone authorize "drive"')).toBeVisible()

  await choose(page, stocked.origin, 'Google Cloud Storage')
  await field(page, 'Name').fill(nameOf('cloud'))
  await field(page, 'Bucket and prefix').fill(cloud.bucket)
  await page.getByText('More settings').click()
  const labels = {
    endpoint: 'Endpoint',
    auth_url: 'Auth URL',
    token_url: 'Token URL',
    client_id: 'Client ID',
  }
  for (const [name, label] of Object.entries(labels)) await field(page, label).fill(cloud.settings[name]!)
  await field(page, 'Client secret').fill(cloud.clientSecret)
  await panel.getByRole('button', { name: 'Sign in' }).click()
  const [, config] = /"([\w-]{20,})"/.exec((await panel.getByText('rclone authorize').textContent()) ?? '')!
  expect(JSON.parse(Buffer.from(config!, 'base64url').toString())).toMatchObject({
    ...{ client_id: cloud.clientId, client_secret: cloud.clientSecret },
  })
  await panel.getByLabel('What it printed').fill('no token')
  await panel.getByRole('button', { name: 'Go on' }).click()
  await expect(panel.getByText(/decode response/)).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  const token = cloud.freshToken()
  await panel.getByLabel('What it printed').fill(`--->\n${token}\n<---End paste`)
  await panel.getByRole('button', { name: 'Go on' }).click()
  await expect(panel.getByText('Signed in; it is kept when you save.')).toBeVisible()
  await press(page, 'Test')
  await expect(page.getByText('It works')).toBeVisible()
  // The test has used the token up, as this service counts: what is saved is of another sign-in.
  await panel.getByRole('button', { name: 'Begin again' }).click()
  await panel.getByLabel('What it printed').fill(cloud.freshToken())
  await panel.getByRole('button', { name: 'Go on' }).click()
  await expect(panel.getByText('Signed in; it is kept when you save.')).toBeVisible()
  await press(page, 'Add the endpoint')
  await expect(page.getByRole('heading', { level: 1, name: nameOf('cloud') })).toBeVisible()
  await expect(page.getByRole('button', { name: 'A001', exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'Settings', exact: true }).last().click()
  await expect(panel.getByText('Signed in.', { exact: true })).toBeVisible()
  await panel.getByRole('button', { name: 'Sign in again' }).click()
  await expect(panel.getByText('The client secret is not in it')).toBeVisible()
  await panel.getByLabel('What it printed').fill(cloud.freshToken())
  await panel.getByRole('button', { name: 'Go on' }).click()
  await press(page, 'Save')
  await expect(page.getByText('Saved')).toBeVisible()
  await expectAccessible(page)
  await expectFits(page)
  expect((await page.content()).includes(cloud.clientSecret)).toBe(false)
})
