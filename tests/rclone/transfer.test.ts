import { chmod, lstat, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { plant, tempFolder, treeOf } from '../support/files.ts'
import { carryOut, local, openSides, openSlot } from '../support/slots.ts'

const slot = await openSlot(afterAll)

const completed = (action: string, path: string, size: number | null) => ({
  state: 'completed',
  action,
  path,
  size,
})

/** The same content and time: rclone leaves such a file alone. */
async function plantTwice(path: string, twin: string, content: string): Promise<void> {
  const time = new Date('2026-01-02T03:04:05Z')
  for (const one of [path, twin]) {
    await writeFile(one, content)
    await utimes(one, time, time)
  }
}

describe('copy', () => {
  test('tells new and replaced files with their sizes, and counts the unchanged', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'sub/b.txt': 'bb' })
    await plant(sides.out, { 'a.txt': 'before', 'mine.txt': 'stays' })
    await plantTwice(join(sides.in, 'same'), join(sides.out, 'same'), 'same')
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files).toEqual([completed('replaced', 'a.txt', 1), completed('copied', 'sub/b.txt', 2)])
    expect(end.counts).toEqual({
      completed: 2,
      ...{ deleted: 0, failed: 0, cancelled: 0, skipped: 0, unchanged: 1 },
    })
    expect(end.stats).toMatchObject({ bytes: 3, transfers: 2, errors: 0 })
    expect(end.accounted).toBe(true)
    expect(treeOf(sides.out)).toEqual({ ...treeOf(sides.in), 'mine.txt': 'stays' })
  })

  test('a single file goes into the folder under its own name', async () => {
    const sides = await openSides({ 'deep/a.txt': 'a' })
    const file = { operation: 'copy', sourceIsFile: true, source: local(sides.in, 'deep/a.txt') } as const
    const end = await carryOut(slot, { ...sides, ...file, destination: local(sides.out, 'new/folder') })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files).toEqual([completed('copied', 'a.txt', 1)])
    expect(treeOf(sides.out)).toEqual({ 'new/folder/a.txt': 'a' })
  })

  test('an endpoint whose root is the file itself', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    const source = local(join(sides.in, 'a.txt'))
    const end = await carryOut(slot, { operation: 'copy', ...sides, source, sourceIsFile: true })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'a' })
  })

  test('a single file that is there already is counted, not told', async () => {
    const sides = await openSides()
    await plantTwice(join(sides.in, 'same'), join(sides.out, 'same'), 'same')
    const source = local(sides.in, 'same')
    const end = await carryOut(slot, { operation: 'copy', ...sides, source, sourceIsFile: true })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files).toEqual([])
    expect(end.counts.unchanged).toBe(1)
  })

  test('links and pipes of the source are told as skipped, those of the destination are not', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    await symlink('a.txt', join(sides.in, 'link'))
    await symlink('nowhere', join(sides.in, 'dangling'))
    await symlink('nowhere', join(sides.out, 'theirs'))
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.skipped.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'dangling link',
      'link link',
    ])
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'a', theirs: '-> nowhere' })
  })

  test('a link at the destination is replaced, what it points to is not touched', async () => {
    const sides = await openSides({ 'a.txt': 'new' })
    const elsewhere = await tempFolder(onTestFinished)
    await plant(elsewhere, { 'a.txt': 'theirs' })
    await symlink(join(elsewhere, 'a.txt'), join(sides.out, 'a.txt'))
    await carryOut(slot, { operation: 'copy', ...sides })
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'new' })
    expect(treeOf(elsewhere)).toEqual({ 'a.txt': 'theirs' })
  })
})

describe('move', () => {
  test('one result for each file: moved, also where one is replaced or was there already', async () => {
    const sides = await openSides({ 'new.txt': 'new', 'sub/other.txt': 'longer' })
    await plant(sides.out, { 'sub/other.txt': 'old' })
    await plantTwice(join(sides.in, 'same'), join(sides.out, 'same'), 'same')
    const end = await carryOut(slot, { operation: 'move', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files).toEqual([
      completed('moved', 'new.txt', 3),
      { ...completed('moved', 'same', 4), wasThere: true },
      completed('moved', 'sub/other.txt', 6),
    ])
    expect(end.counts).toMatchObject({ completed: 3, deleted: 0, unchanged: 0 })
    expect(end.accounted).toBe(true)
    expect(treeOf(sides.in)).toEqual({})
    expect(treeOf(sides.out)).toEqual({ 'new.txt': 'new', same: 'same', 'sub/other.txt': 'longer' })
  })

  test('into a folder that does not exist: file by file, links stay behind', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'sub/b.txt': 'b' })
    await symlink('/etc/passwd', join(sides.in, 'link'))
    const end = await carryOut(slot, { operation: 'move', ...sides, destination: local(sides.out, 'new') })
    expect(end.files).toEqual([completed('moved', 'a.txt', 1), completed('moved', 'sub/b.txt', 1)])
    expect(treeOf(sides.in)).toEqual({ link: '-> /etc/passwd' })
    expect(treeOf(sides.out)).toEqual({ 'new/a.txt': 'a', 'new/sub/b.txt': 'b' })
  })

  test('a single file', async () => {
    const sides = await openSides({ 'a.txt': 'new' })
    await plant(sides.out, { 'a.txt': 'before' })
    const source = local(sides.in, 'a.txt')
    const end = await carryOut(slot, { operation: 'move', ...sides, source, sourceIsFile: true })
    expect(end.files).toEqual([completed('moved', 'a.txt', 3)])
    expect(treeOf(sides.in)).toEqual({})
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'new' })
  })

  test('into itself is refused, and nothing is touched', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'sub/b.txt': 'b' })
    const end = await carryOut(slot, { operation: 'move', ...sides, destination: local(sides.in, 'sub') })
    expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'overlap' })
    expect(treeOf(sides.in)).toEqual({ 'a.txt': 'a', 'sub/b.txt': 'b' })
  })
})

describe.skipIf(process.platform !== 'linux')('move between two file systems', () => {
  test('copies first: one result for each file, and the replaced one stays until its successor is whole', async () => {
    const sides = await openSides({ 'a.txt': 'new content', 'b.txt': 'b' })
    await plantTwice(join(sides.in, 'same'), join(sides.in, 'same2'), 'same')
    const far = join('/dev/shm', `file-orbit-${process.pid}`)
    onTestFinished(() => rm(far, { recursive: true, force: true }))
    await plant(far, { 'a.txt': 'before' })
    expect((await lstat(far)).dev).not.toBe((await lstat(sides.in)).dev)
    await plantTwice(join(sides.in, 'same'), join(far, 'same'), 'same')
    const end = await carryOut(slot, { operation: 'move', ...sides, destination: local(far) })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files.map(({ path, state }) => `${path} ${state}`)).toEqual(
      ['a.txt', 'b.txt', 'same', 'same2'].map((path) => `${path} completed`),
    )
    const order = end.log.filter(({ path }) => path === 'a.txt').map(({ message }) => message)
    expect(order).toEqual(['Copied (replaced existing)', 'Deleted'])
    expect(end.accounted).toBe(true)
    expect(treeOf(sides.in)).toEqual({})
    expect(treeOf(far)).toEqual({ 'a.txt': 'new content', 'b.txt': 'b', same: 'same', same2: 'same' })
  })

  test('the same where the destination is a link to another', async () => {
    const sides = await openSides({ 'a.txt': 'new content' })
    const far = join('/dev/shm', `file-orbit-link-${process.pid}`)
    onTestFinished(() => rm(far, { recursive: true, force: true }))
    await plant(far, { 'a.txt': 'before' })
    await symlink(far, join(sides.out, 'far'))
    const end = await carryOut(slot, { operation: 'move', ...sides, destination: local(sides.out, 'far') })
    const order = end.log.filter(({ path }) => path === 'a.txt').map(({ message }) => message)
    expect(order).toEqual(['Copied (replaced existing)', 'Deleted'])
    expect(treeOf(far)).toEqual({ 'a.txt': 'new content' })
  })
})

describe('sync', () => {
  test('tells deleted extra files apart from copied ones', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    await plant(sides.out, { 'extra/x.txt': 'x', 'y.txt': 'y' })
    const end = await carryOut(slot, { operation: 'sync', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files).toEqual([
      completed('copied', 'a.txt', 1),
      completed('deleted', 'extra/x.txt', null),
      completed('deleted', 'y.txt', null),
    ])
    expect(end.counts).toMatchObject({ completed: 1, deleted: 2, unchanged: 0 })
    expect(end.accounted).toBe(true)
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'a' })
  })

  test('of a single file copies it and deletes nothing', async () => {
    const sides = await openSides({ 'a.txt': 'a' })
    await plant(sides.out, { 'y.txt': 'y' })
    const source = local(sides.in, 'a.txt')
    const end = await carryOut(slot, { operation: 'sync', ...sides, source, sourceIsFile: true })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(treeOf(sides.out)).toEqual({ 'a.txt': 'a', 'y.txt': 'y' })
  })
})

test('of 10,000 files every one has its result when the transfer is done', async () => {
  const sides = await openSides()
  const names = Array.from({ length: 10_000 }, (_, n) => `d${n % 20}/file ${n}`)
  await plant(sides.in, Object.fromEntries(names.map((name) => [name, name])))
  const end = await carryOut(slot, { operation: 'copy', ...sides })
  expect(end.outcome).toEqual({ kind: 'completed' })
  expect(new Set(end.files.map(({ path }) => path))).toEqual(new Set(names))
  expect(end.counts.completed).toBe(10_000)
  expect(end.accounted).toBe(true)
  const gone = await carryOut(slot, {
    operation: 'sync',
    source: local(join(sides.in, 'd0')),
    destination: sides.destination,
  })
  expect(gone.counts).toMatchObject({ completed: 500, deleted: 10_000 })
  expect(gone.accounted).toBe(true)
})

test('the times of files and folders arrive, their rights do not widen', async () => {
  const sides = await openSides({ 'sub/a.txt': 'a' })
  const time = new Date('2001-02-03T04:05:06Z')
  await utimes(join(sides.in, 'sub/a.txt'), time, time)
  await utimes(join(sides.in, 'sub'), time, time)
  await chmod(join(sides.in, 'sub/a.txt'), 0o4755)
  await carryOut(slot, { operation: 'copy', ...sides })
  const file = await lstat(join(sides.out, 'sub/a.txt'))
  expect(file.mtime).toEqual(time)
  expect(file.mode & 0o7000).toBe(0)
  expect((await lstat(join(sides.out, 'sub'))).mtime).toEqual(time)
})

test('a place that no verb should have let through is refused at once', async () => {
  const sides = await openSides({ 'a.txt': 'a' })
  const request = { operation: 'copy', ...sides } as const
  const climbing = { ...request, source: local(sides.in, '../out') }
  await expect(async () => carryOut(slot, climbing)).rejects.toThrow(RangeError)
  const command = { type: 'sftp', root: '', path: '', settings: { ssh: 'touch /tmp/x' } }
  await expect(async () => carryOut(slot, { ...request, destination: command })).rejects.toThrow(RangeError)
  const sneaky = { ...local(sides.out), settings: { copy_links: 'true' } }
  await expect(async () => carryOut(slot, { ...request, destination: sneaky })).rejects.toThrow(RangeError)
  await mkdir(join(sides.out, 'still works'))
  expect((await carryOut(slot, request)).outcome).toEqual({ kind: 'completed' })
  expect(await readFile(join(sides.out, 'a.txt'), 'utf8')).toBe('a')
})
