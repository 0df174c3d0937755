import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { SlotPool } from '#workers/rclone/pool.ts'
import { RcClient, RcError } from '#workers/rclone/rc-client.ts'
import { Slot, type SlotExit } from '#workers/rclone/slot.ts'
import { eventually, gone, isRunning } from '../start/processes.ts'
import { plantLarge, tempFolder } from '../support/files.ts'
import { begin, openSides, openSlot } from '../support/slots.ts'

const MiB = 1024 * 1024
const OWNER = fileURLToPath(new URL('fixtures/slot-owner.ts', import.meta.url))

async function openPool(size: number, more: Partial<ConstructorParameters<typeof SlotPool>[0]> = {}) {
  const runtimeDir = await tempFolder(onTestFinished)
  const pool = new SlotPool({ rclone: inject('rclone'), size, runtimeDir, ...more })
  onTestFinished(() => pool.close())
  return { pool, runtimeDir }
}

describe('a slot', () => {
  test('keeps its socket to itself, and its environment free of what would set options', async () => {
    vi.stubEnv('RCLONE_COPY_LINKS', 'true')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    onTestFinished(() => void vi.unstubAllEnvs())
    const runtimeDir = await tempFolder(onTestFinished)
    const slot = await Slot.start({ rclone: inject('rclone'), runtimeDir })
    onTestFinished(() => slot.close())
    const [folder] = await readdir(runtimeDir)
    expect((await lstat(join(runtimeDir, folder!))).mode & 0o777).toBe(0o700)
    const environment = readFileSync(`/proc/${slot.pid}/environ`, 'utf8').split('\0')
    expect(environment).toContain('RCLONE_CONFIG=/dev/null')
    expect(environment.join()).not.toMatch(/COPY_LINKS|AWS_/)
    expect(readFileSync(`/proc/${slot.pid}/cmdline`, 'utf8')).not.toMatch(/pass|user/i)
    const stranger = new RcClient({ socketPath: join(runtimeDir, folder!, 'rc'), user: 'x', password: 'y' })
    await expect(stranger.call('rc/noop')).rejects.toMatchObject({ status: 401 })
    stranger.close()
    await slot.close()
    expect(await readdir(runtimeDir)).toEqual([])
  })

  test("too deep a folder for a socket: one in the system's own is taken", async () => {
    const folder = await tempFolder(onTestFinished)
    vi.stubEnv('TMPDIR', folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    const slot = await Slot.start({ rclone: inject('rclone'), runtimeDir: join(folder, 'd'.repeat(100)) })
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^file-orbit-/)])
    await slot.close()
    expect(await readdir(folder)).toEqual([])
  })

  test('that cannot start says in whose words', async () => {
    const runtimeDir = await tempFolder(onTestFinished)
    const rclone = join(runtimeDir, 'broken')
    await writeFile(rclone, '#!/bin/sh\necho "no such luck" >&2\nexit 3\n')
    await chmod(rclone, 0o755)
    await expect(Slot.start({ rclone, runtimeDir })).rejects.toThrow('no such luck')
    await expect(Slot.start({ rclone: '/nowhere/rclone', runtimeDir })).rejects.toThrow(/nowhere|ENOENT/)
    expect(await readdir(runtimeDir)).toEqual(['broken'])
  })

  test('ends with its owner, kill -9 included', async () => {
    const runtimeDir = await tempFolder(onTestFinished)
    const owner = spawn(process.execPath, [OWNER, inject('rclone'), runtimeDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string]
    expect(isRunning(Number(line))).toBe(true)
    owner.kill('SIGKILL')
    await gone(Number(line))
  })

  test('shares no limit with another', async () => {
    const [slow, fast] = await Promise.all([openSlot(onTestFinished), openSlot(onTestFinished)])
    const sides = await openSides()
    await plantLarge(join(sides.in, 'large'), 32 * MiB)
    const crawling = begin(slow, { operation: 'copy', ...sides, options: { bandwidth: MiB } })
    const other = await openSides()
    const since = performance.now()
    const free = begin(fast, { operation: 'copy', ...other, source: sides.source })
    expect((await free.done).outcome).toEqual({ kind: 'completed' })
    // Under the other's limit it would take 32 seconds.
    expect(performance.now() - since).toBeLessThan(15_000)
    expect((await slow.stats(crawling.group)).bytes).toBeLessThan(16 * MiB)
    await slow.limit(null)
    expect((await crawling.done).outcome).toEqual({ kind: 'completed' })
  })

  test('keeps to its limit, changes it live, and is without one after a reset', async () => {
    const slot = await openSlot(onTestFinished)
    const sides = await openSides()
    await plantLarge(join(sides.in, 'large'), 8 * MiB)
    const since = performance.now()
    const limited = begin(slot, { operation: 'copy', ...sides, options: { bandwidth: 4 * MiB } })
    await limited.done
    expect(performance.now() - since).toBeGreaterThan(1000)
    expect(await slot.reset(limited.group)).toBe(true)
    expect(await slot.call('core/bwlimit')).toMatchObject({ rate: 'off' })
    expect((await slot.stats(limited.group)).bytes).toBe(0)
  })

  test('an error never repeats what the call carried', async () => {
    const slot = await openSlot(onTestFinished)
    const storage = { type: 'webdav', url: 'http://127.0.0.1:1', pass: 'top-secret', _root: '' }
    const call = slot.call('operations/list', { fs: storage, remote: '' })
    const error: RcError = await call.then(Promise.reject, (thrown) => thrown)
    expect(error).toBeInstanceOf(RcError)
    expect(error.message).not.toBe('')
    expect(JSON.stringify(error) + error.stack + error.message).not.toContain('top-secret')
  })

  test('a call that is given up or takes too long says so', async () => {
    const slot = await openSlot(onTestFinished)
    const given = slot.call('rc/noop', {}, { signal: AbortSignal.abort() })
    await expect(given).rejects.toMatchObject({ status: 0, message: 'the call to rclone was given up' })
    process.kill(slot.pid, 'SIGSTOP')
    const late = slot.call('rc/noop', {}, { timeoutMs: 50 })
    await expect(late).rejects.toMatchObject({ status: 0, message: 'rclone did not answer in time' })
    process.kill(slot.pid, 'SIGCONT')
    await expect(slot.call('rc/noop')).resolves.toEqual({})
    // What was asked may be done late, in the middle of what comes next.
    expect(slot.worn).toBe(true)
    expect(await slot.reset('none')).toBe(false)
  })

  test('one that answers, be it with a refusal, is used again', async () => {
    const slot = await openSlot(onTestFinished)
    await expect(slot.call('operations/list', { fs: '/nowhere', remote: '' })).rejects.toThrow(RcError)
    expect(await slot.reset('none')).toBe(true)
  })
})

describe('the pool', () => {
  test('warms one, keeps one ahead, grows to its size and no further', async () => {
    const { pool } = await openPool(2)
    await pool.start()
    expect(pool.free).toBe(2)
    const first = await pool.acquire()
    const second = await pool.acquire()
    expect(first.pid).not.toBe(second.pid)
    expect(pool.free).toBe(0)
    const third = pool.acquire()
    pool.release(first, await first.reset('none'))
    expect((await third).pid).toBe(first.pid)
    pool.release(second, true)
    pool.release(await third, true)
    expect(pool.free).toBe(2)
  })

  test('never hands out a dead slot, busy or idle', async () => {
    const crashes: SlotExit[] = []
    const { pool } = await openPool(2, { onCrash: (exit) => crashes.push(exit) })
    await pool.start()
    const first = await pool.acquire()
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    pool.release(first, true)
    const second = await pool.acquire()
    expect(second.alive).toBe(true)
    expect(second.pid).not.toBe(first.pid)
    pool.release(second, true)
    process.kill(second.pid, 'SIGKILL')
    await second.exited
    const third = await pool.acquire()
    expect(third.alive).toBe(true)
    await third.call('rc/noop')
    expect(crashes.map(({ cause }) => cause)).toEqual(['crashed', 'crashed'])
  })

  test('a doubtful slot is not used again', async () => {
    const { pool } = await openPool(1)
    const first = await pool.acquire()
    first.doubt()
    pool.release(first, await first.reset('none'))
    const second = await pool.acquire()
    expect(second.pid).not.toBe(first.pid)
    await first.exited
    expect(isRunning(first.pid)).toBe(false)
  })

  test('with an rclone that does not start: whoever asks is told, and nothing spins', async () => {
    const folder = await tempFolder(onTestFinished)
    const rclone = join(folder, 'broken')
    const tries = join(folder, 'tries')
    await writeFile(rclone, `#!/bin/sh\necho x >> '${tries}'\necho "no such luck" >&2\nexit 3\n`)
    await chmod(rclone, 0o755)
    const { pool } = await openPool(3, { rclone })
    await expect(pool.start()).rejects.toThrow('no such luck')
    const asked = await Promise.allSettled([pool.acquire(), pool.acquire()])
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(readFileSync(tries, 'utf8').length).toBeLessThanOrEqual(2 * 5)
    expect(pool.free).toBe(3)
  })

  test('ends all when it is closed', async () => {
    const { pool, runtimeDir } = await openPool(3)
    const busy = await pool.acquire()
    const waiting = [pool.acquire(), pool.acquire()]
    const idle = await Promise.all(waiting)
    const never = pool.acquire()
    never.catch(() => {})
    await pool.close()
    await expect(never).rejects.toThrow('closed')
    await expect(pool.acquire()).rejects.toThrow('closed')
    expect([busy, ...idle].filter(({ pid }) => isRunning(pid))).toEqual([])
    expect(await readdir(runtimeDir)).toEqual([])
  })

  test('clears what a killed owner left, and only that', async () => {
    const { pool, runtimeDir } = await openPool(1)
    const [dead, live, young, other] = ['slot-00000001', 'slot-00000002', 'slot-00000003', 'mine'].map(
      (name) => join(runtimeDir, name),
    ) as [string, string, string, string]
    for (const folder of [dead, live, young, other]) await mkdir(folder)
    const server = createServer().listen(join(live, 'rc'))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const folder of [dead, live, other]) await utimes(folder, longAgo, longAgo)
    await pool.start()
    const left = await readdir(runtimeDir)
    expect(left).toEqual(expect.arrayContaining(['slot-00000002', 'slot-00000003', 'mine']))
    expect(left).not.toContain('slot-00000001')
  })

  test('one ahead: the second attempt finds its slot warm', async () => {
    const { pool, runtimeDir } = await openPool(3)
    await pool.start()
    await pool.acquire()
    await eventually('a second one is there', async () => (await readdir(runtimeDir)).length === 2)
    expect(pool.free).toBe(2)
  })
})
