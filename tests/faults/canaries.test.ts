import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import { newKeyText } from '#lib/secrets/keys.ts'
import { temporaryFolder } from '#tests/start/folders.ts'
import { environmentOf, type House, ROOT, startHouse } from '#tests/start/house.ts'
import { eventually } from '#tests/start/processes.ts'
import { client } from '#tests/support/api.ts'
import {
  type Canaries,
  canariesIn,
  canariesInArguments,
  canariesInEnvironment,
  canariesInFiles,
  canariesInRows,
} from '#tests/support/canaries.ts'
import { signIn } from '#tests/support/sign-in.ts'

// Strings that nobody could mistake, in the place of every secret there is; then a look into every corner.

const TIMEOUT = { timeout: 180_000 }
const EMAIL = 'owner@studio.example'

beforeAll(() => buildPages({ root: ROOT, env: buildEnvironment(), say: () => {} }), 300_000)

const processesOf = (house: House, text: string) =>
  house.tree().filter(({ command }) => command.includes(text))

async function cli(dataDir: string, ...args: string[]): Promise<string> {
  const env = {
    NODE_ENV: 'production' as const,
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    FILE_ORBIT_DATA_DIR: dataDir,
  }
  const command = [...NODE_FLAGS, 'bin/file-orbit.ts', ...args]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: ROOT, env })
  return stdout + stderr
}

test('the search finds what is there to be found', async () => {
  const folder = await temporaryFolder()
  const canaries = { secret: 'canary "with" quotes', other: 'not there' }
  await writeFile(join(folder, 'a.log'), JSON.stringify({ message: canaries.secret }))
  await writeFile(join(folder, 'b.log'), `Basic ${Buffer.from(canaries.secret).toString('base64')}`)
  expect(canariesInFiles(folder, canaries).sort()).toEqual([
    `secret in ${join(folder, 'a.log')}`,
    `secret in ${join(folder, 'b.log')}`,
  ])
})

test('secrets reach no log, row, stream, answer, argument or other process', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const roots = await temporaryFolder()
  await mkdir(join(roots, 'in'))
  await mkdir(join(roots, 'out'))
  await writeFile(join(roots, 'in', 'a.txt'), 'a')
  const given = {
    FILE_ORBIT_ADMIN_PASSWORD: 'canary-admin-password-7c1e',
    FILE_ORBIT_SECRET_KEY: newKeyText(),
    FILE_ORBIT_GITHUB_SECRET: 'canary-github-secret-2b7f',
    FILE_ORBIT_GOOGLE_SECRET: 'canary-google-secret-6d0a',
    FILE_ORBIT_OIDC_SECRET: 'canary-oidc-secret-b3c4',
  }
  const services = {
    FILE_ORBIT_GITHUB_ID: 'github',
    FILE_ORBIT_GOOGLE_ID: 'google',
    FILE_ORBIT_OIDC_ID: 'oidc',
    FILE_ORBIT_OIDC_ISSUER: 'http://localhost:9',
  }
  const house = await startHouse({
    dataDir,
    env: { ...given, ...services, FILE_ORBIT_ADMIN_EMAIL: EMAIL, FILE_ORBIT_LOCAL_ROOTS: roots },
  })
  await house.line(/^File Orbit is ready at /)
  const rclone = () => processesOf(house, ' rcd ').find(({ command }) => !command.includes('setpriv'))!
  const databaseUrl = (await readFile(join(dataDir, 'database-url'), 'utf8')).trim()
  const { key } = JSON.parse(
    await cli(dataDir, 'api-keys', 'create', '--name', 'canary', '--role', 'owner', '--json'),
  ) as { key: string }
  const cookie = (await signIn(house.url, EMAIL, given.FILE_ORBIT_ADMIN_PASSWORD))!
  const invited = await client(house.url, { authorization: `Bearer ${key}` }).post<{ link: string }>(
    '/invitations',
    {
      email: 'canary@studio.example',
      role: 'viewer',
    },
  )
  const canaries: Canaries = {
    'invitation token': new URL(invited.body.link).searchParams.get('token')!,
    'admin password': given.FILE_ORBIT_ADMIN_PASSWORD,
    'secret key': given.FILE_ORBIT_SECRET_KEY,
    'secret at GitHub': given.FILE_ORBIT_GITHUB_SECRET,
    'secret at Google': given.FILE_ORBIT_GOOGLE_SECRET,
    'secret at the OpenID provider': given.FILE_ORBIT_OIDC_SECRET,
    'cookie key': (await readFile(join(dataDir, 'auth-secret'), 'utf8')).trim(),
    'database password': new URL(databaseUrl).password,
    'API key': key,
    'session cookie': /session-token=([^;]+)/.exec(cookie)![1]!,
    'rclone password': environmentOf(rclone().pid).RCLONE_RC_PASS!,
    'mistyped password': 'canary-mistyped-password-55d0',
    'wrong API key': 'fo_canary-wrong-key-1f2e3d4c5b6a79880f1e2d3c4b5a6978',
    'wrong cookie': 'canary-wrong-cookie-0badf00d',
  }
  expect(Object.values(canaries).every((secret) => secret.length >= 16)).toBe(true)
  const answers = await useIt(house, dataDir, roots, canaries, cookie)

  const pids = house.tree().map(({ pid }) => pid)
  expect(canariesInFiles(join(dataDir, 'logs'), canaries)).toEqual([])
  expect(canariesInFiles(join(dataDir, 'run'), canaries)).toEqual([])
  expect(canariesIn(house.lines.join('\n'), canaries)).toEqual([])
  expect(canariesInArguments(pids, canaries)).toEqual([])
  expect(canariesIn(answers, canaries)).toEqual([])
  expect(await canariesInRows(databaseUrl, canaries)).toEqual([])
  // To each process what it needs, and no more.
  const { 'rclone password': _, ...othersSecrets } = canaries
  const reach: [string, string[]][] = [
    [' rcd ', []],
    ['workers/main', ['database password', 'secret key']],
    [
      'file-orbit web',
      [
        ...['cookie key', 'database password'],
        ...['secret at GitHub', 'secret at Google', 'secret at the OpenID provider'],
      ],
    ],
    ['bin/postgres', []],
  ]
  for (const [program, mayKnow] of reach) {
    const found = processesOf(house, program)
    expect(found.length, program).toBeGreaterThan(0)
    for (const { pid } of found) expect(canariesInEnvironment(pid, othersSecrets).sort()).toEqual(mayKnow)
  }
  for (const { pid } of processesOf(house, ' rcd ')) {
    const names = Object.keys(environmentOf(pid))
    expect(names.filter((name) => /DATABASE|AUTH|FILE_ORBIT/.test(name))).toEqual([])
  }
})

/** Right and wrong use of everything that takes a secret; returns all that was answered. */
async function useIt(house: House, dataDir: string, roots: string, canaries: Canaries, cookie: string) {
  const { url } = house
  const key = canaries['API key']!
  const mine = client(url, { authorization: `Bearer ${key}` })
  const said: string[] = []
  const hear = async <T extends { status: number; body: unknown }>(answer: Promise<T>): Promise<T> => {
    const heard = await answer
    said.push(JSON.stringify(heard.body))
    return heard
  }
  expect(await signIn(url, EMAIL, canaries['mistyped password'])).toBeNull()
  await hear(client(url, { authorization: `Bearer ${canaries['wrong API key']}` }).get('/jobs'))
  await hear(client(url, { cookie: `authjs.session-token=${canaries['wrong cookie']}` }).get('/jobs'))
  await hear(client(url, { cookie }).get('/jobs'))
  const stream = await mine.stream('/stream')
  const endpoint = async (name: string) =>
    (await hear(mine.post<{ id: string }>('/endpoints', { name, type: 'local', path: join(roots, name) })))
      .body.id
  const [source, destination] = [await endpoint('in'), await endpoint('out')]
  for (const path of ['', 'not-there']) {
    const side = { source: { endpointId: source, path }, destination: { endpointId: destination, path: '' } }
    const { body } = await hear(mine.post<{ id: string }>('/jobs', { operation: 'copy', ...side }))
    const ended = await stream.next(
      ({ event, data }) => event === 'job' && data.id === body.id && data.finishedAt !== null,
    )
    said.push(JSON.stringify(ended))
    await hear(mine.get(`/jobs/${body.id}`))
    await hear(mine.get(`/jobs/${body.id}/log`))
    await hear(mine.get(`/jobs/${body.id}/transfers`))
  }
  await stream.close()
  // Its own page must know the token; nothing else does.
  expect((await fetch(`${url}/invite?token=${canaries['invitation token']}`)).status).toBe(200)
  await hear(mine.post('/api-keys', { name: 'another', role: canaries['mistyped password'] }))
  for (const path of ['/users', '/invitations', '/api-keys', '/audit']) await hear(mine.get(path))
  for (const path of ['/health', '/stats', '/endpoints', '/jobs', '/nothing/of/the/kind'])
    await hear(mine.get(path))
  // Malformed, with a secret where one might paste it: the value must not come back or be kept.
  const wrong = client(url, { authorization: `Bearer ${key}`, 'x-secret': pasted(canaries) })
  await hear(wrong.post('/jobs', `{"operation": "${pasted(canaries)}`))
  await hear(wrong.get('/jobs/not-an-id'))
  await hear(wrong.post('/endpoints', { name: 'x', type: 'nonsense', path: '/', settings: { pass: 'x' } }))
  for (const page of [
    '/sign-in',
    '/jobs',
    `/jobs/00000000-0000-7000-8000-000000000000`,
    '/setup?token=nonsense',
  ]) {
    const answer = await fetch(`${url}${page}`, { headers: { cookie }, redirect: 'manual' })
    said.push(await answer.text())
  }
  said.push(await cli(dataDir, '--help'))
  for (const args of [
    ['jobs', 'list'],
    ['jobs', 'show', 'nonsense'],
  ]) {
    const env = {
      NODE_ENV: 'production' as const,
      PATH: process.env.PATH,
      FILE_ORBIT_SERVER: url,
      FILE_ORBIT_API_KEY: key,
    }
    const command = [...NODE_FLAGS, 'bin/file-orbit.ts', ...args]
    await promisify(execFile)(process.execPath, command, { cwd: ROOT, env }).then(
      ({ stdout, stderr }) => said.push(stdout, stderr),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => said.push(stdout, stderr),
    )
  }
  // A worker that dies tells of it in its log.
  const [worker] = processesOf(house, 'workers/main')
  process.kill(worker!.pid, 'SIGKILL')
  await house.line(/^The worker is ready again$/)
  return said.join('\n')
}

const pasted = (canaries: Canaries) => canaries['mistyped password']!

test('the set-up token stands in the terminal only', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir })
  const link = await house.line(/setup\?token=/)
  const token = /token=([\w-]+)/.exec(link)![1]!
  const page = await fetch(`${house.url}/setup?token=${token}`)
  expect(page.status).toBe(200)
  await page.text()
  const canaries = { 'set-up token': token }
  const databaseUrl = (await readFile(join(dataDir, 'database-url'), 'utf8')).trim()
  await eventually('the web has logged', () => processesOf(house, 'file-orbit web').length > 0)
  expect(canariesInFiles(join(dataDir, 'logs'), canaries)).toEqual([])
  expect(await canariesInRows(databaseUrl, canaries)).toEqual([])
  expect(
    canariesInArguments(
      house.tree().map(({ pid }) => pid),
      canaries,
    ),
  ).toEqual([])
})
