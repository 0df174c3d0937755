import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readLog } from '#lib/jobs/details.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'

const depot = await openDepot()
await depot.worker(afterAll)

const tree = {
  'a.txt': 'alpha',
  'deep/b.txt': 'beta',
  'deep/er/c.bin': Buffer.alloc(100_000, 7),
  'empty.txt': '',
}

/** Folders of one test's own on both sides. */
async function pair(
  name: string,
  from: Record<string, string | Buffer>,
  to: Record<string, string | Buffer> = {},
) {
  await plant(join(depot.in, name), from)
  await plant(join(depot.out, name), to)
  return { from: name, to: name, source: join(depot.in, name), destination: join(depot.out, name) }
}

describe('copy', () => {
  test('brings a tree over whole, with a row for each file', async () => {
    const { source, destination, ...sides } = await pair('copy', tree)
    const job = await depot.run({ operation: 'copy', ...sides })
    expect(job).toMatchObject({
      state: 'completed',
      files: 4,
      totalFiles: 4,
      bytes: 100_009,
      totalBytes: 100_009,
      unchangedFiles: 0,
      errorCause: null,
      speed: 0,
      inFlight: [],
    })
    expect(treeOf(destination)).toEqual(treeOf(source))
    expect(await depot.files(job.id)).toEqual([
      { path: 'a.txt', size: 5, state: 'completed', action: 'copied', error: null },
      { path: 'deep/b.txt', size: 4, state: 'completed', action: 'copied', error: null },
      { path: 'deep/er/c.bin', size: 100_000, state: 'completed', action: 'copied', error: null },
      { path: 'empty.txt', size: 0, state: 'completed', action: 'copied', error: null },
    ])
    const { items } = await readLog({ ctx: depot.ctx.viewer, id: job.id, input: {} })
    expect(items.at(0)).toMatchObject({ attempt: 1, message: 'Attempt 1 begins: copy.' })
    expect(items.at(-1)).toMatchObject({ message: 'Attempt 1 completed.' })
    expect(items.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(tree)))
  })

  test('counts unchanged files without a row, and replaces changed ones', async () => {
    const { source, destination, ...sides } = await pair('again', tree)
    await depot.run({ operation: 'copy', ...sides })
    writeFileSync(join(source, 'a.txt'), 'alpha two')
    const job = await depot.run({ operation: 'copy', ...sides })
    expect(job).toMatchObject({ state: 'completed', files: 1, unchangedFiles: 3, bytes: 9 })
    expect(await depot.files(job.id)).toMatchObject([{ path: 'a.txt', size: 9, action: 'replaced' }])
    expect(treeOf(destination)).toEqual(treeOf(source))
    writeFileSync(join(destination, 'extra.txt'), 'x')
    const synced = await depot.run({ operation: 'sync', ...sides })
    expect(synced).toMatchObject({ state: 'completed', files: 0, unchangedFiles: 4 })
    const moved = await depot.run({ operation: 'move', ...sides })
    expect(moved).toMatchObject({ state: 'completed', unchangedFiles: 0 })
    expect(await depot.files(moved.id)).toHaveLength(4)
  })

  test('of a single file puts it into the destination under its name', async () => {
    const { destination } = await pair('single', tree, { 'other.txt': 'stays' })
    const job = await depot.run({ operation: 'copy', from: 'single/deep/b.txt', to: 'single' })
    expect(job).toMatchObject({ state: 'completed', files: 1, bytes: 4 })
    expect(treeOf(destination)).toEqual({ 'b.txt': 'beta', 'other.txt': 'stays' })
    expect(await depot.files(job.id)).toMatchObject([{ path: 'b.txt', size: 4, state: 'completed' }])
  })

  test('of a single file that is there already counts it as unchanged', async () => {
    await pair('single-again', { 'a.txt': 'alpha' })
    const order = { operation: 'copy', from: 'single-again/a.txt', to: 'single-again' } as const
    expect(await depot.run(order)).toMatchObject({ state: 'completed', files: 1, unchangedFiles: 0 })
    const again = await depot.run(order)
    expect(again).toMatchObject({ state: 'completed', files: 0, unchangedFiles: 1 })
    expect(await depot.files(again.id)).toEqual([])
  })

  test('leaves what only the destination has', async () => {
    const { destination, ...sides } = await pair('keeps', { 'a.txt': 'new' }, { 'b.txt': 'old' })
    await depot.run({ operation: 'copy', from: sides.from, to: sides.to })
    expect(treeOf(destination)).toEqual({ 'a.txt': 'new', 'b.txt': 'old' })
  })

  test('into a file is refused and leaves the file', async () => {
    const { destination } = await pair('onto', { 'a.txt': 'new' }, { file: 'precious' })
    const job = await depot.run({ operation: 'copy', from: 'onto', to: 'onto/file' })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'destination_is_file', attempt: 1 })
    expect(treeOf(destination)).toEqual({ file: 'precious' })
  })

  test('with a file where a folder belongs fails by that cause, and names the file', async () => {
    const { destination } = await pair('way', { 'x/a.txt': 'new', 'z.txt': 'z' }, { x: 'a file' })
    const job = await depot.run({ operation: 'copy', from: 'way', to: 'way' })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'in_the_way' })
    expect(treeOf(destination)).toMatchObject({ x: 'a file' })
    const files = await depot.files(job.id)
    expect(files.find(({ path }) => path === 'x/a.txt')).toMatchObject({
      state: 'failed',
      error: { cause: 'in_the_way' },
    })
  })
})

describe('move', () => {
  test('brings a tree over and takes it away from the source', async () => {
    const { source, destination, ...sides } = await pair('move', tree)
    const before = treeOf(source)
    const job = await depot.run({ operation: 'move', ...sides })
    expect(job).toMatchObject({ state: 'completed', files: 4 })
    expect(treeOf(destination)).toEqual(before)
    expect(treeOf(source)).toEqual({})
    const files = await depot.files(job.id)
    expect(files.map(({ path, action, size }) => [path, action, size])).toEqual([
      ['a.txt', 'moved', 5],
      ['deep/b.txt', 'moved', 4],
      ['deep/er/c.bin', 'moved', 100_000],
      ['empty.txt', 'moved', 0],
    ])
  })

  test('of a single file leaves its neighbours', async () => {
    const { source, destination } = await pair('move-one', tree)
    const job = await depot.run({ operation: 'move', from: 'move-one/a.txt', to: 'move-one' })
    expect(job).toMatchObject({ state: 'completed' })
    expect(treeOf(destination)).toEqual({ 'a.txt': 'alpha' })
    expect(Object.keys(treeOf(source)).sort()).toEqual(['deep/b.txt', 'deep/er/c.bin', 'empty.txt'])
  })
})

describe('sync', () => {
  test('makes the destination equal, and says what was deleted and replaced', async () => {
    const { source, destination, ...sides } = await pair('sync', tree, {
      ...{ 'a.txt': 'an older one', 'extra.txt': 'x', 'old/deep.txt': 'y' },
    })
    const older = new Date(Date.now() - 3_600_000)
    utimesSync(join(destination, 'a.txt'), older, older)
    const job = await depot.run({ operation: 'sync', ...sides })
    expect(job).toMatchObject({ state: 'completed', files: 4 })
    expect(treeOf(destination)).toEqual(treeOf(source))
    expect((await depot.files(job.id)).map(({ path, action }) => [path, action])).toEqual([
      ['a.txt', 'replaced'],
      ['deep/b.txt', 'copied'],
      ['deep/er/c.bin', 'copied'],
      ['empty.txt', 'copied'],
      ['extra.txt', 'deleted'],
      ['old/deep.txt', 'deleted'],
    ])
  })

  test.each([
    ['an empty folder', {}],
    ['folders without any file', { 'a/b/': '', 'c/': '' }],
  ])('of %s fails, and touches nothing', async (name, from) => {
    const folder = name.replaceAll(' ', '-')
    const { destination } = await pair(folder, from, { 'precious.txt': 'stays' })
    const job = await depot.run({ operation: 'sync', from: folder, to: folder })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'source_empty', attempt: 1, files: 0 })
    expect(treeOf(destination)).toEqual({ 'precious.txt': 'stays' })
    expect(await depot.files(job.id)).toEqual([])
  })

  test('of a whole endpoint whose folder is gone fails, and touches nothing', async () => {
    const { destination } = await pair('gone', {}, { 'precious.txt': 'stays' })
    rmSync(join(depot.in, 'gone'), { recursive: true })
    const job = await depot.run({ operation: 'sync', from: 'gone', to: 'gone' })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'source_missing', attempt: 1 })
    expect(job.errorMessage).toContain('gone')
    expect(treeOf(destination)).toEqual({ 'precious.txt': 'stays' })
  })
})

test.each(['copy', 'move', 'sync'] as const)(
  'a %s of nothing there fails without a retry',
  async (operation) => {
    const job = await depot.run({ operation, from: `nothing-${operation}`, to: `nothing-${operation}` })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'source_missing', attempt: 1 })
    expect(existsSync(join(depot.out, `nothing-${operation}`))).toBe(false)
  },
)

test('a job that failed is repaired and retried, and only what is missing is copied', async () => {
  const { source, destination } = await pair('repair', { 'a/x.txt': 'x', 'b.txt': 'b' }, { a: 'in the way' })
  const job = await depot.run({ operation: 'copy', from: 'repair', to: 'repair' })
  expect(job).toMatchObject({ state: 'failed', errorCause: 'in_the_way' })
  rmSync(join(destination, 'a'))
  await retryJob({ ctx: depot.ctx.operator, id: job.id })
  const repaired = await whenEnded(depot.database, job.id)
  expect(repaired).toMatchObject({
    state: 'completed',
    attempt: 2,
    files: 2,
    failedFiles: 0,
    errorCause: null,
  })
  expect(treeOf(destination)).toEqual(treeOf(source))
  expect((await depot.files(job.id)).map(({ path, state }) => [path, state])).toEqual([
    ['a/x.txt', 'completed'],
    ['b.txt', 'completed'],
  ])
})

test('a thousand small files come over, each with its row', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 1000 }, (_, n) => [`d${n % 10}/f${n}`, `content ${n}`]),
  )
  const { source, destination } = await pair('many', files)
  const job = await depot.run({ operation: 'copy', from: 'many', to: 'many' })
  expect(job).toMatchObject({ state: 'completed', files: 1000, totalFiles: 1000 })
  expect(treeOf(destination)).toEqual(treeOf(source))
  const rows = await depot.database.sql`select count(*)::int as rows from transfers where job_id = ${job.id}`
  expect(rows[0]!.rows).toBe(1000)
})
