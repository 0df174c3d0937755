import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import { freePort } from '#bin/ports.ts'
import { startPostgres } from '#bin/postgres.ts'
import { findDatabaseUrl } from '#lib/data-dir.ts'
import { testSecretKey } from '#tests/support/secret-keys.ts'
import { run } from '#workers/run.ts'
import { temporaryFolder } from './folders.ts'
import { environmentOf, type House, health, nothingLeft, ROOT, startHouse } from './house.ts'
import { eventually, isRunning } from './processes.ts'
import { isRoot } from './users.ts'

const READY = /^File Orbit is ready at /
const TIMEOUT = { timeout: 180_000 }

// Once, before the clocks of the tests run.
beforeAll(() => buildPages({ root: ROOT, env: buildEnvironment(), say: () => {} }), 300_000)

const workersOf = (house: House) => house.tree().filter(({ command }) => command.includes('workers/main'))
const webOf = (house: House) =>
  house.tree().filter(({ command }) => /file-orbit web|bin\/web\.ts/.test(command))
const rclonesOf = (house: House) => house.tree().filter(({ command }) => command.includes('rclone'))
const postgresOf = (house: House) => house.tree().filter(({ command }) => /bin\/postgres .*-D/.test(command))

test('one command: ready, healthy, a link for the first owner; SIGTERM leaves nothing', TIMEOUT, async () => {
  const dataDir = join(await temporaryFolder(), 'new', 'data')
  const house = await startHouse({ dataDir })
  expect(await house.line(READY)).toBe(`File Orbit is ready at ${house.url}`)
  expect(await health(house)).toBe(200)
  const link = await house.line(/setup\?token=/)
  expect(link).toMatch(new RegExp(`${house.url}/setup\\?token=[\\w-]{20,}$`))
  expect(house.lines.indexOf(link)).toBe(house.lines.length - 1)
  expect(workersOf(house)).toHaveLength(1)
  expect(rclonesOf(house).length).toBeGreaterThanOrEqual(1)
  expect(await findDatabaseUrl({ dataDir, databaseUrl: undefined })).toMatch(
    /^postgres:\/\/.*@127\.0\.0\.1:\d+\//,
  )

  expect((await stat(dataDir)).mode & 0o777).toBe(0o711)
  for (const secret of ['auth-secret', 'postgres-password', 'database-url']) {
    expect((await stat(join(dataDir, secret))).mode & 0o777).toBe(0o600)
  }
  const all = house.tree()
  process.kill(house.pid, 'SIGTERM')
  const since = performance.now()
  expect(await house.ended).toEqual([0, null])
  expect(performance.now() - since).toBeLessThan(10_000)
  await nothingLeft(all, dataDir)
  expect(existsSync(join(dataDir, 'database-url'))).toBe(false)
})

test('the second start takes seconds, and keeps what was there', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const settings = {
    FILE_ORBIT_ADMIN_EMAIL: 'owner@example.org',
    FILE_ORBIT_ADMIN_PASSWORD: 'a long pass phrase',
  }
  const first = await startHouse({ dataDir, env: settings })
  await first.line(READY)
  const secret = await readFile(join(dataDir, 'auth-secret'), 'utf8')
  process.kill(first.pid, 'SIGTERM')
  await first.ended
  const since = performance.now()
  const second = await startHouse({ dataDir })
  await second.line(READY)
  expect(performance.now() - since).toBeLessThan(60_000)
  // The owner of the first start is there: no link.
  expect(second.lines.join('\n')).not.toContain('setup?token=')
  expect(await readFile(join(dataDir, 'auth-secret'), 'utf8')).toBe(secret)
})

test(
  'a second one on the same folder is refused; beside it, with another folder and port, it runs',
  TIMEOUT,
  async () => {
    const dataDir = await temporaryFolder()
    const house = await startHouse({ dataDir })
    await house.line(READY)
    const refused = await startHouse({ dataDir })
    expect(await refused.line(/is in use by/)).toContain(
      `another File Orbit (process ${house.pid}, port ${house.port})`,
    )
    expect(await refused.ended).toEqual([1, null])
    const beside = await startHouse({ dataDir: await temporaryFolder() })
    await beside.line(READY)
    expect([await health(house), await health(beside)]).toEqual([200, 200])
  },
)

test('a port in use is refused before anything is made', TIMEOUT, async () => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir, port })
  await house.line(new RegExp(`Port ${port} is in use by another program`))
  expect(await house.ended).toEqual([1, null])
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
})

test('wrong settings are refused together, with no stack', TIMEOUT, async () => {
  const house = await startHouse({
    dataDir: await temporaryFolder(),
    env: { FILE_ORBIT_SLOTS: 'many', HOST: 'a b' },
  })
  expect(await house.ended).toEqual([1, null])
  const said = house.lines.join('\n')
  expect(said).toContain('FILE_ORBIT_SLOTS is "many"; expected a whole number from 1 to 64')
  expect(said).toContain('HOST is "a b"')
  expect(said).not.toContain('    at ')
})

test(
  'DATABASE_URL is used when it is set, and a wrong one is refused without its password',
  TIMEOUT,
  async () => {
    const own = await temporaryFolder()
    const server = await startPostgres({ dataDir: own, logDir: own, flags: ['fsync=off'] })
    onTestFinished(() => server.stop())
    const dataDir = await temporaryFolder()
    const house = await startHouse({ dataDir, env: { DATABASE_URL: server.url } })
    await house.line(READY)
    expect(await health(house)).toBe(200)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    expect(postgresOf(house)).toEqual([])

    const wrong = new URL(server.url)
    wrong.password = 'hunter2'
    const refused = await startHouse({ dataDir: await temporaryFolder(), env: { DATABASE_URL: wrong.href } })
    await refused.line(/^DATABASE_URL names 127\.0\.0\.1:\d+\/file_orbit, which does not serve us: password/)
    expect(await refused.ended).toEqual([1, null])
    expect(refused.lines.join('\n')).not.toContain('hunter2')
  },
)

test('killed with -9 it leaves nothing, and the next start works', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir })
  await house.line(READY)
  const all = house.tree()
  process.kill(house.pid, 'SIGKILL')
  await nothingLeft(all, dataDir)
  const next = await startHouse({ dataDir, port: house.port })
  await next.line(READY)
  expect(await health(next)).toBe(200)
})

test('killed with -9, the next may start at once', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir })
  await house.line(READY)
  process.kill(house.pid, 'SIGKILL')
  await house.ended
  const next = await startHouse({ dataDir })
  await next.line(READY)
})

test('a worker, a web and a PostgreSQL that are killed come back, and that is said', TIMEOUT, async () => {
  const house = await startHouse({ dataDir: await temporaryFolder() })
  await house.line(READY)
  for (const [name, find] of [
    ['The worker', workersOf],
    ['The web', webOf],
    ['PostgreSQL', postgresOf],
  ] as const) {
    const [victim] = find(house)
    const slots = name === 'The worker' ? rclonesOf(house) : []
    process.kill(victim!.pid, 'SIGKILL')
    await house.line(new RegExp(`^${name} ended \\(signal SIGKILL\\); starting it again in 0\\.5 s$`))
    await house.line(new RegExp(`^${name} is ready again$`))
    expect(slots.filter(({ pid }) => isRunning(pid))).toEqual([])
    expect(find(house)).toHaveLength(1)
  }
  await eventually('it is healthy', async () => (await health(house)) === 200, 30_000)
})

test('Ctrl-C ends all of it', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir })
  await house.line(READY)
  const all = house.tree()
  process.kill(-house.pid, 'SIGINT')
  expect(await house.ended).toEqual([0, null])
  await nothingLeft(all, dataDir)
})

test('a stop while it starts ends all of it', TIMEOUT, async () => {
  const dataDir = await temporaryFolder()
  const house = await startHouse({ dataDir })
  await house.line(/^PostgreSQL .* on /)
  const all = house.tree()
  process.kill(house.pid, 'SIGTERM')
  expect(await house.ended).toEqual([0, null])
  await nothingLeft(all, dataDir)
})

test.runIf(isRoot)(
  'as root, the web is another user, to whom the secrets of the folder are closed',
  TIMEOUT,
  async () => {
    const dataDir = await temporaryFolder()
    const house = await startHouse({ dataDir })
    await house.line(READY)
    const [web] = webOf(house)
    const status = readFileSync(`/proc/${web!.pid}/status`, 'utf8')
    const [uid, gid] = ['Uid', 'Gid'].map((name) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)![1]!)
    for (const ids of [uid!, gid!]) expect(new Set(ids.split('\t'))).not.toContain('0')
    expect(/^Groups:\s*$/m.test(status)).toBe(true)
    const asWeb = { user: { uid: Number(uid!.split('\t')[0]), gid: Number(gid!.split('\t')[0]) }, cwd: '/' }
    const worker = workersOf(house)[0]!
    for (const secret of ['auth-secret', 'postgres-password', 'database-url']) {
      expect((await run('cat', [join(dataDir, secret)], asWeb)).status).not.toBe(0)
    }
    expect((await run('cat', [`/proc/${worker.pid}/environ`], asWeb)).status).not.toBe(0)
    // kill -9 of the parent still takes it along, although the kernel forgets its promise at a change of user.
    process.kill(house.pid, 'SIGKILL')
    await eventually('the web is gone', () => !isRunning(web!.pid))
  },
)

describe.runIf(process.platform === 'linux')('the environment of', () => {
  test('web and worker is built, not inherited', TIMEOUT, async () => {
    const secrets = {
      FILE_ORBIT_SECRET_KEY: testSecretKey,
      RCLONE_VERBOSE: '3',
      AWS_SECRET_ACCESS_KEY: 'theirs',
    }
    const roots = await temporaryFolder()
    await mkdir(join(roots, 'a'))
    const house = await startHouse({
      dataDir: await temporaryFolder(),
      env: { ...secrets, FILE_ORBIT_LOCAL_ROOTS: roots, FILE_ORBIT_SLOTS: '2' },
    })
    await house.line(READY)
    const web = environmentOf(webOf(house)[0]!.pid)
    const worker = environmentOf(workersOf(house)[0]!.pid)
    for (const name of ['RCLONE_VERBOSE', 'AWS_SECRET_ACCESS_KEY', 'FILE_ORBIT_ADMIN_PASSWORD']) {
      expect([web[name], worker[name]]).toEqual([undefined, undefined])
    }
    expect(web.FILE_ORBIT_SECRET_KEY).toBeUndefined()
    expect(worker.FILE_ORBIT_SECRET_KEY).toBe(testSecretKey)
    expect(worker.AUTH_SECRET).toBeUndefined()
    expect(worker.FILE_ORBIT_LOCAL_ROOTS).toBe(roots)
    expect(worker.FILE_ORBIT_SLOTS).toBe('2')
    expect(web.FILE_ORBIT_PUBLIC_URL).toBe(house.url)
  })
})

const lock = createHash('sha256')
  .update(readFileSync(join(ROOT, 'package-lock.json')))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex')
const stamp = join(ROOT, 'node_modules', '.file-orbit-installed')
const isInstalledByUs = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock

// Elsewhere it would begin by replacing node_modules under the running tests.
test.runIf(isInstalledByUs)(
  'npm start: SIGTERM to npm ends all of it, and so does its death',
  TIMEOUT,
  async () => {
    const dataDir = await temporaryFolder()
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const house = await startHouse({ dataDir, by: 'npm' })
      await house.line(READY)
      const all = house.tree()
      process.kill(house.pid, signal)
      await nothingLeft(all, dataDir)
    }
  },
)
