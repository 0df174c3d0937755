import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findRclone, type Source } from '#workers/rclone/binary.ts'
import { officialRelease } from '#workers/rclone/release.ts'
import { isRecentEnough, parseVersion } from '#workers/rclone/version.ts'
import { script, temporaryFolder } from './folders.ts'
import { zip } from './zip.ts'

const NOTHING: Source = { name: 'nowhere', fetch: () => Promise.reject(new Error('no network')) }

async function fake(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  return script(path, `[ "$1" = version ] && echo "rclone ${version}"`)
}

describe('versions', () => {
  test.each([
    ['rclone v1.75.2\n- os/version: debian 12', '1.75.2', true],
    ['rclone v1.75.1', '1.75.1', true],
    ['rclone v1.75.1-DEV', '1.75.1', true],
    ['rclone v1.75.1-beta.8901.0123abc', '1.75.1', false],
    ['rclone v1.76.0-beta.8901.0123abc', '1.76.0', true],
    ['rclone v1.100.0', '1.100.0', true],
    ['rclone v2.0.0', '2.0.0', true],
    ['rclone v1.75.0', '1.75.0', false],
    ['rclone v1.60.1-DEV', '1.60.1', false],
  ])('%s is %s; recent enough: %s', (output, number, recent) => {
    const version = parseVersion(output)
    expect(version?.number).toBe(number)
    expect(version && isRecentEnough(version)).toBe(recent)
  })

  test('another program’s answer has none', () => {
    expect(parseVersion('curl 8.1.2')).toBeUndefined()
  })
})

describe('an rclone that is there', () => {
  test('in PATH is taken, one that is too old is passed over by name', async () => {
    const folder = await temporaryFolder()
    const old = await fake(join(folder, 'old', 'rclone'), 'v1.60.1-DEV')
    const good = await fake(join(folder, 'good', 'rclone'), 'v1.75.2')
    const said: string[] = []
    const found = await findRclone({
      env: { ...process.env, FILE_ORBIT_RCLONE: '', PATH: `${dirname(old)}:${dirname(good)}:/usr/bin:/bin` },
      cacheDir: join(folder, 'cache'),
      log: (line) => said.push(line),
      sources: [NOTHING],
    })
    expect(found).toEqual({ path: good, version: '1.75.2' })
    expect(said).toEqual([`${old} is rclone 1.60.1, older than 1.75.1 (CVE-2026-88046); looking further`])
  })

  test('in the cache is taken, the newest first, and nothing is fetched', async () => {
    const folder = await temporaryFolder()
    for (const version of ['1.75.2', '1.100.0', '1.76.0']) {
      await fake(join(folder, version, 'rclone'), `v${version}`)
    }
    const found = await findRclone({ env: bare(), cacheDir: folder, sources: [NOTHING] })
    expect(found).toEqual({ path: join(folder, '1.100.0', 'rclone'), version: '1.100.0' })
  })

  test('in $XDG_CACHE_HOME, else in ~/.cache', async () => {
    const folder = await temporaryFolder()
    const inXdg = await fake(join(folder, 'xdg', 'file-orbit', 'rclone', '1.75.2', 'rclone'), 'v1.75.2')
    const inHome = await fake(
      join(folder, 'home', '.cache', 'file-orbit', 'rclone', '1.76.0', 'rclone'),
      'v1.76.0',
    )
    const env = { ...bare(), HOME: join(folder, 'home') }
    expect((await findRclone({ env, sources: [NOTHING] })).path).toBe(inHome)
    const withXdg = { ...env, XDG_CACHE_HOME: join(folder, 'xdg') }
    expect((await findRclone({ env: withXdg, sources: [NOTHING] })).path).toBe(inXdg)
  })

  test('and named is taken before all others', async () => {
    const folder = await temporaryFolder()
    const named = await fake(join(folder, 'my rclone'), 'v1.75.1')
    const inPath = await fake(join(folder, 'bin', 'rclone'), 'v1.76.0')
    const env = { ...bare(), PATH: `${dirname(inPath)}:/usr/bin:/bin`, FILE_ORBIT_RCLONE: named }
    expect(await findRclone({ env, sources: [NOTHING] })).toEqual({ path: named, version: '1.75.1' })
  })

  test.each([
    ['too old', 'echo rclone v1.60.1', 'is rclone 1.60.1, older than 1.75.1 (CVE-2026-88046)'],
    ['broken', 'echo oh dear >&2; exit 3', 'does not answer "version" as rclone does (oh dear)'],
  ])('and named but %s is refused, not passed over', async (_, lines, reason) => {
    const folder = await temporaryFolder()
    const named = await script(join(folder, 'named'), lines)
    await fake(join(folder, 'cache', '1.75.2', 'rclone'), 'v1.75.2')
    const looking = findRclone({
      env: { ...bare(), FILE_ORBIT_RCLONE: named },
      cacheDir: join(folder, 'cache'),
      sources: [NOTHING],
    })
    await expect(looking).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`FILE_ORBIT_RCLONE names ${named}, which ${reason}`),
    })
  })

  test('and named but missing is refused', async () => {
    const looking = findRclone({
      env: { ...bare(), FILE_ORBIT_RCLONE: '/nowhere/rclone' },
      sources: [NOTHING],
    })
    await expect(looking).rejects.toThrow('FILE_ORBIT_RCLONE names /nowhere/rclone, which is not a program')
  })
})

test('when nothing does, the error lists every place and its reason', async () => {
  const folder = await temporaryFolder()
  const old = await fake(join(folder, 'bin', 'rclone'), 'v1.74.2')
  const broken = await script(join(folder, 'rclone'), 'exit 1')
  await mkdir(join(folder, 'cache', '1.75.2'), { recursive: true })
  await writeFile(join(folder, 'cache', '1.75.2', 'rclone'), await readFile(broken))
  await chmod(join(folder, 'cache', '1.75.2', 'rclone'), 0o755)
  const stale: Source = {
    name: 'a mirror',
    fetch: async (into) => fake(join(into, 'rclone'), 'v1.70.0'),
  }
  const looking = findRclone({
    env: { ...bare(), PATH: `${dirname(old)}:/usr/bin:/bin` },
    cacheDir: join(folder, 'cache'),
    sources: [NOTHING, stale],
  })
  const error = await looking.then(
    () => new Error('found one'),
    (reason: Error) => reason,
  )
  expect(error).toMatchObject({ kind: 'unavailable' })
  const lines = error.message.split('\n')
  expect(lines).toContain(`  PATH: ${old} is rclone 1.74.2, older than 1.75.1 (CVE-2026-88046)`)
  expect(lines).toContain(
    `  cache: ${join(folder, 'cache', '1.75.2', 'rclone')} does not answer "version" as rclone does`,
  )
  expect(lines).toContain('  nowhere: no network')
  expect(lines).toContain('  a mirror: what came is rclone 1.70.0, older than 1.75.1 (CVE-2026-88046)')
  expect(lines.at(-1)).toContain('FILE_ORBIT_RCLONE')
  expect(await readdir(join(folder, 'cache'))).toEqual(['1.75.2'])
})

describe('the official release', () => {
  const program = Buffer.from('#!/bin/sh\necho "rclone v1.75.2"\n')
  const archive = zip({
    'rclone-v1.75.2-test/README.txt': Buffer.from('read me'),
    'rclone-v1.75.2-test/rclone': program,
  })
  const sum = createHash('sha256').update(archive).digest('hex')
  const sums = `${'0'.repeat(64)}  rclone-v1.75.2-other.zip\n${sum}  rclone-v1.75.2-test.zip\n`

  async function server(files: Record<string, Buffer | string>): Promise<string> {
    const http = createServer((request, response) => {
      const body = files[request.url ?? '']
      response.writeHead(body === undefined ? 404 : 200).end(body)
    }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    onTestFinished(() => void http.close())
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  }

  test('is unpacked into the cache when its sum is the pinned one', async () => {
    const cacheDir = await temporaryFolder()
    const base = await server({ '/v1.75.2/rclone-v1.75.2-test.zip': archive })
    const source = officialRelease({ base, platform: 'test', pinned: { test: sum } })
    const found = await findRclone({ env: bare(), cacheDir, sources: [source] })
    expect(found).toEqual({ path: join(cacheDir, '1.75.2', 'rclone'), version: '1.75.2' })
    expect(await readFile(found.path)).toEqual(program)
    expect(await readdir(cacheDir)).toEqual(['1.75.2'])
    // The next one finds it there.
    expect(await findRclone({ env: bare(), cacheDir, sources: [NOTHING] })).toEqual(found)
  })

  test('is checked against its own list where no sum is pinned, which is said', async () => {
    const cacheDir = await temporaryFolder()
    const base = await server({ '/v1.75.2/rclone-v1.75.2-test.zip': archive, '/v1.75.2/SHA256SUMS': sums })
    const said: string[] = []
    const source = officialRelease({ base, platform: 'test', pinned: {} })
    await findRclone({ env: bare(), cacheDir, sources: [source], log: (line) => said.push(line) })
    expect(said.join('\n')).toContain('own list of checksums')
  })

  test('of another sum is refused and leaves nothing', async () => {
    const cacheDir = await temporaryFolder()
    const base = await server({ '/v1.75.2/rclone-v1.75.2-test.zip': archive })
    const source = officialRelease({ base, platform: 'test', pinned: { test: 'f'.repeat(64) } })
    const looking = findRclone({ env: bare(), cacheDir, sources: [source] })
    await expect(looking).rejects.toThrow(`refused: its SHA-256 is ${sum}, expected ${'f'.repeat(64)}`)
    expect(await readdir(cacheDir)).toEqual([])
  })

  test.each([
    ['answers 404', {}, 'HTTP 404'],
    [
      'sends half an archive',
      { '/v1.75.2/rclone-v1.75.2-test.zip': archive.subarray(0, 90) },
      'not a zip archive',
    ],
  ])('from a server that %s is passed over with that reason', async (_, files, reason) => {
    const cacheDir = await temporaryFolder()
    const half = createHash('sha256').update(archive.subarray(0, 90)).digest('hex')
    const source = officialRelease({ base: await server(files), platform: 'test', pinned: { test: half } })
    await expect(findRclone({ env: bare(), cacheDir, sources: [source] })).rejects.toThrow(reason)
  })

  test('is passed over at once where nobody listens, and soon where nobody answers', async () => {
    const cacheDir = await temporaryFolder()
    const silent = createServer()
      .on('request', () => {})
      .listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => silent.closeAllConnections())
    const base = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const options = { base, platform: 'test', pinned: { test: sum }, answerWithinMs: 200 }
    const looking = () => findRclone({ env: bare(), cacheDir, sources: [officialRelease(options)] })
    await expect(looking()).rejects.toThrow('no answer within 0.2 s')
    silent.closeAllConnections()
    silent.close()
    await once(silent, 'close')
    await expect(looking()).rejects.toThrow('ECONNREFUSED')
  })

  test('fetched by two at once is whole for both', async () => {
    const cacheDir = await temporaryFolder()
    const base = await server({ '/v1.75.2/rclone-v1.75.2-test.zip': archive })
    const sources = [officialRelease({ base, platform: 'test', pinned: { test: sum } })]
    const both = await Promise.all([1, 2].map(() => findRclone({ env: bare(), cacheDir, sources })))
    expect(both[0]).toEqual(both[1])
    expect(await readdir(cacheDir)).toEqual(['1.75.2'])
  })
})

/** A machine without rclone in PATH. */
function bare(): Record<string, string> {
  const folders = ['/usr/bin', '/bin'].filter((folder) => !existsSync(join(folder, 'rclone')))
  return { HOME: '/nonexistent', PATH: folders.join(':') }
}
