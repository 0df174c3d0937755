import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { newKeyText } from '#lib/secrets/keys.ts'
import { client } from '#tests/support/api.ts'
import { runCommand } from '#tests/support/cli.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { temporaryFolder } from './folders.ts'
import { type House, ROOT, startHouse } from './house.ts'
import { eventually } from './processes.ts'

// The keys as an operator meets them: the file in the data folder, lost, wrong, and changed.

const TIMEOUT = { timeout: 240_000 }
const READY = /^File Orbit is ready at /

beforeAll(() => buildPages({ root: ROOT, env: buildEnvironment(), say: () => {} }), 300_000)

async function stop(house: House): Promise<void> {
  process.kill(house.pid, 'SIGTERM')
  await house.ended
}

async function apiOf(house: House, dataDir: string) {
  const args = ['api-keys', 'create', '--name', 'keys', '--role', 'owner', '--json']
  const { out } = await runCommand(args, { FILE_ORBIT_DATA_DIR: dataDir })
  const { key } = JSON.parse(out) as { key: string }
  return client(house.url, { authorization: `Bearer ${key}` })
}

test(
  'a key that is wrong or gone is told on the terminal at the start, with what to do',
  TIMEOUT,
  async () => {
    const dataDir = await temporaryFolder()
    const file = join(dataDir, 'secret-key')
    const first = await startHouse({ dataDir })
    await first.line(READY)
    const api = await apiOf(first, dataDir)
    const webdav = { url: 'https://dav.example', vendor: 'other', user: 'me', pass: 'kept secret' }
    const made = await api.post('/endpoints', { name: 'dav', type: 'webdav', settings: webdav })
    expect(made.status).toBe(201)
    const right = await readFile(file, 'utf8')
    await stop(first)

    for (const lose of [() => rm(file), () => writeFile(file, `${newKeyText()}\n`)]) {
      await lose()
      const house = await startHouse({ dataDir })
      const line = await house.line(/sealed to the key/)
      expect(line).toMatch(/^worker fatal: One secret is sealed to the key [\w-]{11}, which /)
      expect(line).toContain('Set FILE_ORBIT_SECRET_KEY to the key that was used so far')
      expect(await house.ended).toEqual([1, null])
    }
    await writeFile(file, 'not a key\n')
    const broken = await startHouse({ dataDir })
    expect(await broken.line(/is not a key/)).toContain(`Key 1 of ${file} is not a key`)
    expect(await broken.ended).toEqual([1, null])

    await writeFile(file, right)
    const again = await startHouse({ dataDir })
    await again.line(READY)
  },
)

test('keys are changed without a transfer that fails', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const roots = await temporaryFolder()
  await mkdir(join(roots, 'in'))
  await writeFile(join(roots, 'in', 'a.txt'), 'a')
  const dav = await startWebdav(onTestFinished, inject('rclone'))
  const env = { FILE_ORBIT_LOCAL_ROOTS: roots }
  const secrets = (...args: string[]) => runCommand(['secrets', ...args], { FILE_ORBIT_DATA_DIR: dataDir })
  const house = await startHouse({ dataDir, env })
  await house.line(READY)
  const api = await apiOf(house, dataDir)
  const endpoint = async (body: object) => (await api.post<Endpoint>('/endpoints', body)).body.id
  const source = await endpoint({ name: 'in', type: 'local', path: join(roots, 'in') })
  const { settings, path } = dav
  const destination = await endpoint({ name: 'dav', type: 'webdav', path, settings })
  const copy = async (on: typeof api, to: string) => {
    const sides = {
      source: { endpointId: source, path: '' },
      destination: { endpointId: destination, path: to },
    }
    const { body } = await on.post<Job>('/jobs', { operation: 'copy', ...sides })
    await eventually(
      `the copy to ${to} has ended`,
      async () => (await on.get<Job>(`/jobs/${body.id}`)).body.finishedAt !== null,
      60_000,
    )
    expect((await on.get<Job>(`/jobs/${body.id}`)).body).toMatchObject({ state: 'completed' })
  }
  await copy(api, 'before')
  expect(await secrets('new-key')).toMatchObject({ status: 0 })
  // The worker that runs has the old key alone.
  await copy(api, 'with the new key in the file')
  expect(await secrets('rotate')).toMatchObject({ status: 1, err: expect.stringContaining('Restart') })
  await stop(house)
  const second = await startHouse({ dataDir, env })
  await second.line(READY)
  const api2 = await apiOf(second, dataDir)
  await copy(api2, 'restarted')
  const [rotated] = await Promise.all([secrets('rotate', '--json'), copy(api2, 'while it rotates')])
  expect(JSON.parse(rotated.out)).toMatchObject({ resealed: 1, failed: [] })
  await copy(api2, 'rotated')
  const { keys } = JSON.parse((await secrets('status', '--json')).out) as {
    keys: { secrets: number; newest: boolean }[]
  }
  expect(keys.map((key) => [key.newest, key.secrets])).toEqual([
    [true, 1],
    [false, 0],
  ])
  await stop(second)
  // So the old key can go.
  const file = join(dataDir, 'secret-key')
  const [newest] = (await readFile(file, 'utf8')).split('\n')
  await writeFile(file, `${newest}\n`)
  const third = await startHouse({ dataDir, env })
  await third.line(READY)
  await copy(await apiOf(third, dataDir), 'with the new key alone')
})
