import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { appendFile, chmod, chown, mkdir, readdir, rm, stat, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { RcError } from '#workers/rclone/rc-client.ts'
import { eventually } from '../start/processes.ts'
import { plant, plantLarge, treeOf } from '../support/files.ts'
import { begin, carryOut, local, openSides, openSlot, ordinaryRclone, type Sides } from '../support/slots.ts'

const asRoot = process.getuid?.() === 0
const MiB = 1024 * 1024

const slot = await openSlot(afterAll, await ordinaryRclone(afterAll))

/** A limited copy of one large file, stopped in the middle: resolves when its partial file is there. */
async function halfWay(sides: Sides, more: Partial<Parameters<typeof begin>[1]> = {}) {
  await plantLarge(join(sides.in, 'large'), 64 * MiB)
  const transfer = begin(slot, { operation: 'copy', ...sides, options: { bandwidth: 8 * MiB }, ...more })
  onTestFinished(async () => {
    await transfer.stop()
    await slot.reset(transfer.group)
  })
  await eventually('bytes have arrived', async () => (await slot.stats(transfer.group)).bytes > 0)
  return transfer
}

async function closed(path: string): Promise<void> {
  await chmod(path, 0)
  onTestFinished(() => chmod(path, 0o700))
}

describe('no permission', () => {
  test('to read one file: it fails, the others arrive', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'b.txt': 'b' })
    await closed(join(sides.in, 'b.txt'))
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({
      kind: 'failed',
      cause: 'permission',
      message: 'It may not be read: permission denied.',
    })
    expect(end.files.map(({ path, state }) => [path, state])).toEqual([
      ['a.txt', 'completed'],
      ['b.txt', 'failed'],
    ])
  })

  test('to read a folder of the source: rclone calls that a success, we do not', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'sub/b.txt': 'b' })
    await closed(join(sides.in, 'sub'))
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'permission' })
    expect(end.files).toMatchObject([
      { path: 'a.txt', state: 'completed' },
      { path: 'sub', state: 'failed', cause: 'permission' },
    ])
  })

  test('to read the source at all', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    await plant(sides.out, { 'stays.txt': 'stays' })
    await closed(sides.in)
    const end = await carryOut(slot, { operation: 'sync', ...sides })
    expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'permission' })
    expect(treeOf(sides.out)).toEqual({ 'stays.txt': 'stays' })
  })

  test('to write the destination', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'b.txt': 'b' })
    await chmod(sides.out, 0o555)
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({
      kind: 'failed',
      cause: 'permission',
      message: '2 files failed: It may not be written: permission denied.',
    })
    expect(end.counts).toMatchObject({ completed: 0, failed: 2 })
  })

  test('to delete what a move has copied: the file has failed, not arrived', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    await chmod(sides.in, 0o555)
    onTestFinished(() => chmod(sides.in, 0o755))
    const end = await carryOut(slot, { operation: 'move', ...sides })
    expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'permission' })
    expect(end.files).toMatchObject([{ path: 'a.txt', state: 'failed', cause: 'permission' }])
    expect(end.counts.completed).toBe(0)
  })

  // rclone tries at two places: while it lists, and after its own writing has changed the time.
  test.skipIf(!asRoot).each([
    ['another time than the source', 1e9],
    ['the same time as the source', 1.1e9],
  ])('to set the time of a folder with %s: its files have arrived, so the transfer has', async (_, time) => {
    const sides = await openSides({ 'sub/a.txt': 'a' })
    await mkdir(join(sides.out, 'sub'))
    await utimes(join(sides.in, 'sub'), 1.1e9, 1.1e9)
    await utimes(join(sides.out, 'sub'), time, time)
    await chmod(join(sides.out, 'sub'), 0o777)
    await chown(join(sides.out, 'sub'), 65534, 65534)
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(treeOf(sides.out)).toEqual({ 'sub/a.txt': 'a' })
    const { mtimeMs } = await stat(join(sides.out, 'sub'))
    expect(mtimeMs).not.toBe(1.1e12)
  })
})

test.skipIf(!asRoot)(
  'a full destination: the file that fits arrives, nothing half-written stays',
  async () => {
    const sides = await openSides({ 'fits.txt': 'fits' })
    await plantLarge(join(sides.in, 'large'), 2 * MiB)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'file-orbit-test', sides.out])
    onTestFinished(() => void execFileSync('umount', [sides.out]))
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({
      kind: 'failed',
      cause: 'disk_full',
      message: 'There is no space left at the destination.',
    })
    expect(end.files).toMatchObject([
      { path: 'fits.txt', state: 'completed' },
      { path: 'large', state: 'failed', cause: 'disk_full' },
    ])
    expect(treeOf(sides.out)).toEqual({ 'fits.txt': 'fits' })
  },
)

test('a file that grows while it is copied is not taken', async () => {
  const sides = await openSides()
  const transfer = await halfWay(sides)
  await appendFile(join(sides.in, 'large'), 'more')
  await slot.limit(null)
  const end = await transfer.done
  expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'source_changed' })
  expect(transfer.told.files).toMatchObject([{ path: 'large', state: 'failed', cause: 'source_changed' }])
  expect(await readdir(sides.out)).toEqual([])
})

test('files that vanish while it runs: the first line of each says why, one result each', async () => {
  // Above 100 bytes rclone shortens the name while it writes, and reports the failure under that.
  const long = `${'n'.repeat(200)}.mov`
  const sides = await openSides()
  await plantLarge(join(sides.in, long), 64 * MiB)
  const transfer = await halfWay(sides, { options: { bandwidth: 8 * MiB, transfers: 2 } })
  await eventually('both are under way', async () => (await readdir(sides.out)).length === 2)
  await Promise.all([rm(join(sides.in, 'large')), rm(join(sides.in, long))])
  await slot.limit(null)
  const end = await transfer.done
  expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'source_changed' })
  expect(transfer.told.files.map(({ path, state }) => `${path} ${state}`).sort()).toEqual([
    'large failed',
    `${long} failed`,
  ])
  expect(await readdir(sides.out)).toEqual([])
})

test('a source that is not there', async () => {
  const sides = await openSides()
  const folder = await carryOut(slot, { operation: 'copy', ...sides, source: local(sides.in, 'none') })
  expect(folder.outcome).toMatchObject({ kind: 'failed', cause: 'source_missing' })
  const source = local(sides.in, 'none.txt')
  const file = await carryOut(slot, { operation: 'copy', ...sides, source, sourceIsFile: true })
  expect(file.outcome).toMatchObject({ kind: 'failed', cause: 'source_missing' })
})

test('a file where a folder belongs, and a folder where a file belongs', async () => {
  const sides = await openSides({ 'a/in.txt': 'a', b: 'b' })
  await plant(sides.out, { a: 'file', 'b/in.txt': 'folder' })
  const end = await carryOut(slot, { operation: 'copy', ...sides })
  expect(end.files).toMatchObject([
    { path: 'a/in.txt', state: 'failed', cause: 'in_the_way' },
    { path: 'b', state: 'failed', cause: 'in_the_way' },
  ])
  expect(treeOf(sides.out)).toEqual({ a: 'file', 'b/in.txt': 'folder' })
})

describe('stop', () => {
  test('ends it soon and leaves no partial file', async () => {
    const sides = await openSides()
    const transfer = await halfWay(sides, { options: { bandwidth: MiB } })
    expect(await readdir(sides.out)).toEqual([expect.stringMatching(/^large\.[0-9a-f]{8}\.partial$/)])
    const since = performance.now()
    await transfer.stop()
    // Left to itself it would take a minute.
    expect(performance.now() - since).toBeLessThan(15_000)
    expect(await transfer.done).toMatchObject({ outcome: { kind: 'cancelled' }, accounted: true })
    expect(transfer.told.files).toEqual([{ path: 'large', state: 'cancelled' }])
    expect(await readdir(sides.out)).toEqual([])
    expect(await slot.reset(transfer.group)).toBe(true)
  })

  test('before it has really begun', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    const transfer = begin(slot, { operation: 'copy', ...sides })
    await transfer.stop()
    expect((await transfer.done).outcome.kind).toBe('cancelled')
    expect(treeOf(sides.out)).toEqual({})
  })

  test('after it has ended changes nothing', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    const transfer = begin(slot, { operation: 'copy', ...sides })
    await transfer.done
    await transfer.stop()
    expect((await transfer.done).outcome).toEqual({ kind: 'completed' })
  })
})

describe('a killed rclone', () => {
  test('is noticed at once, and its attempt is interrupted', async () => {
    const own = await openSlot(onTestFinished)
    const sides = await openSides({ 'a.txt': 'a' })
    await plantLarge(join(sides.in, 'large'), 64 * MiB)
    const transfer = begin(own, { operation: 'copy', ...sides, options: { bandwidth: 8 * MiB } })
    await eventually('one file has arrived', () => transfer.told.files.length === 1)
    const since = performance.now()
    process.kill(own.pid, 'SIGKILL')
    const exit = await own.exited
    // Measured alone it is some 5 ms; a watchdog of silence would take a minute.
    expect(performance.now() - since).toBeLessThan(5000)
    expect(exit).toMatchObject({ cause: 'crashed', signal: 'SIGKILL' })
    const end = await transfer.done
    expect(end.outcome).toMatchObject({ kind: 'interrupted', cause: 'rclone_died' })
    expect(end.counts.completed).toBe(1)
    expect(end.stats).toMatchObject({ transfers: 1, bytes: 1 })
    expect(end.accounted).toBe(false)
    expect(own.alive).toBe(false)
    expect(await own.reset(transfer.group)).toBe(false)
  })

  test('after its answer, before it is asked for its figures: another attempt must look', async () => {
    const own = await openSlot(onTestFinished)
    const sides = await openSides({ 'a.txt': 'aaa' })
    const transfer = begin(own, { operation: 'copy', ...sides })
    own.stats = async () => {
      own.kill()
      await own.exited
      throw new RcError('core/stats', 0, 'rclone did not answer')
    }
    expect(await transfer.done).toMatchObject({
      outcome: { kind: 'interrupted', cause: 'rclone_died' },
      stats: { transfers: 1, bytes: 3 },
    })
    expect(transfer.told.files).toMatchObject([{ path: 'a.txt', state: 'completed' }])
  })

  test('that was to stop anyway counts as stopped', async () => {
    const own = await openSlot(onTestFinished)
    const sides = await openSides()
    await plantLarge(join(sides.in, 'large'), 64 * MiB)
    const transfer = begin(own, { operation: 'copy', ...sides, options: { bandwidth: MiB } })
    await once(watch(sides.out), 'change')
    process.kill(own.pid, 'SIGSTOP')
    const stopping = transfer.stop()
    process.kill(own.pid, 'SIGKILL')
    await stopping
    expect((await transfer.done).outcome).toEqual({ kind: 'cancelled' })
  })
})

test.skipIf(process.platform !== 'linux')(
  'a log that says less than the statistics makes the slot doubtful',
  async () => {
    const own = await openSlot(onTestFinished)
    const first = await openSides({ 'a.txt': 'a' })
    const before = begin(own, { operation: 'copy', ...first })
    expect(await before.done).toMatchObject({ outcome: { kind: 'completed' }, accounted: true })
    // What a full disk under the log would do: bytes that rclone has written are not there.
    await truncate(`/proc/${own.pid}/fd/2`, 0)
    const second = await openSides({ 'b.txt': 'b' })
    const end = await carryOut(own, { operation: 'copy', ...second })
    expect(end.stats.transfers).toBe(1)
    expect(end.counts.completed).toBe(0)
    expect(end.accounted).toBe(false)
    expect(own.worn).toBe(true)
  },
)
