import { execFileSync } from 'node:child_process'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { ordinaryRclone } from '#tests/support/slots.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'
import { attemptsOf, liesOf, messagesOf, rowsOf } from './account.ts'

const asRoot = process.getuid?.() === 0
const MiB = 1024 * 1024

const depot = await openDepot()
await depot.worker(afterAll, { rclone: await ordinaryRclone(afterAll) })
const { database } = depot
const ctx = depot.ctx.operator

const small = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`small ${n}.txt`, `content ${n}`]))

async function sidesOf(name: string, files: Record<string, string> = {}) {
  const source = await plant(join(depot.in, name), files)
  const destination = await plant(join(depot.out, name), {})
  return { source, destination, order: { from: name, to: name } }
}

/** Its cause is told in a sentence with advice, it has not been tried again, and its log says what happened. */
async function expectStopped(job: JobRow, cause: Cause, sentence: RegExp): Promise<void> {
  expect(job).toMatchObject({ state: 'failed', errorCause: cause, attempt: 1 })
  expect(job.errorMessage).toMatch(sentence)
  expect(causes[cause].advice).toMatch(/, then retry/)
  const tries = await attemptsOf(database, job.id)
  expect(tries).toMatchObject([{ state: 'failed', cause, message: job.errorMessage }])
  expect((await messagesOf(depot, job.id)).at(-1)).toBe(`Attempt 1 failed: ${job.errorMessage}`)
}

/** The second attempt, started by a person, brings the rest; what had arrived is left as it was. */
async function expectRepaired(job: JobRow, source: string, destination: string): Promise<void> {
  const before = Object.values(await rowsOf(database, job.id)).filter(({ state }) => state === 'completed')
  await retryJob({ ctx, id: job.id })
  expect(await whenEnded(database, job.id)).toMatchObject({
    ...{ state: 'completed', attempt: 2, errorCause: null, failedFiles: 0 },
    files: Object.keys(treeOf(source)).length,
  })
  expect(treeOf(destination)).toEqual(treeOf(source))
  const after = await rowsOf(database, job.id)
  for (const row of before) expect(after[row.path]).toEqual(row)
  expect(Object.keys(after).sort()).toEqual(Object.keys(treeOf(source)).sort())
  expect(Object.values(after).filter(({ state }) => state !== 'completed')).toEqual([])
}

describe.skipIf(!asRoot)('a destination that is full', () => {
  function mount(destination: string, options: string): void {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'file-orbit-test', destination])
    onTestFinished(() => void execFileSync('umount', [destination]))
  }

  test('of bytes: what fits arrives, and the rest when there is room', async () => {
    const { source, destination, order } = await sidesOf('full', small)
    await plantLarge(join(source, 'large.bin'), 2 * MiB)
    mount(destination, 'size=1m')
    const job = await depot.run(order)
    await expectStopped(job, 'disk_full', /no space left at the destination/)
    const rows = await rowsOf(database, job.id)
    expect(rows['large.bin']).toMatchObject({ state: 'failed', cause: 'disk_full' })
    expect(Object.values(rows).filter(({ state }) => state === 'completed')).toHaveLength(10)
    expect(Object.keys(treeOf(destination)).sort()).toEqual(Object.keys(small).sort())
    execFileSync('mount', ['-o', 'remount,size=8m', destination])
    await expectRepaired(job, source, destination)
  })

  test('below the place that a move goes to: what was to be replaced is still there', async () => {
    const { source, destination, order } = await sidesOf('placed')
    await plantLarge(join(source, 'large.bin'), 2 * MiB)
    const archive = await plant(join(destination, 'archive'), {})
    mount(archive, 'size=1m')
    await plant(archive, { 'large.bin': 'the one before' })
    const template = await createTemplate({
      ctx,
      input: {
        ...{ name: 'placed', operation: 'move', source: { endpointId: depot.source.id, path: order.from } },
        destinations: [{ endpointId: depot.destination.id, path: `${order.to}/archive/{filename}` }],
      },
    })
    const { id } = await runTemplate({ ctx, id: template.id, input: {} })
    const job = await whenEnded(database, id)
    await expectStopped(job, 'disk_full', /no space left at the destination/)
    expect(treeOf(archive)).toEqual({ 'large.bin': 'the one before' })
    const before = treeOf(source)
    expect(Object.keys(before)).toEqual(['large.bin'])
    execFileSync('mount', ['-o', 'remount,size=8m', archive])
    await retryJob({ ctx, id })
    expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2, files: 1 })
    expect(treeOf(archive)).toEqual(before)
    expect(treeOf(source)).toEqual({})
  })

  test('below the folder that a move goes to: the same', async () => {
    const { source, destination, order } = await sidesOf('deep', {
      'near.txt': 'near',
      'archive/more/a': 'a',
    })
    await plantLarge(join(source, 'archive/more/large.bin'), 2 * MiB)
    const before = treeOf(source)
    const archive = await plant(join(destination, 'archive'), {})
    mount(archive, 'size=1m')
    await plant(archive, { 'more/large.bin': 'the one before' })
    const job = await depot.run({ ...order, operation: 'move' })
    await expectStopped(job, 'disk_full', /no space left at the destination/)
    expect(treeOf(archive)).toEqual({ 'more/a': 'a', 'more/large.bin': 'the one before' })
    execFileSync('mount', ['-o', 'remount,size=8m', archive])
    await retryJob({ ctx, id: job.id })
    expect(await whenEnded(database, job.id)).toMatchObject({ state: 'completed', attempt: 2, files: 3 })
    expect(treeOf(destination)).toEqual(before)
    expect(treeOf(source)).toEqual({})
  })

  test('of files: the same, folders included', async () => {
    const { source, destination, order } = await sidesOf('inodes', { ...small, 'deep/er/a.txt': 'a' })
    mount(destination, 'nr_inodes=6')
    const job = await depot.run(order)
    await expectStopped(job, 'disk_full', /no space left at the destination/)
    const rows = await rowsOf(database, job.id)
    expect(rows['deep/er/a.txt']).toMatchObject({ state: 'failed', cause: 'disk_full' })
    expect(liesOf(source, destination, rows)).toEqual([])
    execFileSync('mount', ['-o', 'remount,nr_inodes=1000', destination])
    await expectRepaired(job, source, destination)
  })

  test('of a storage that became read-only is told apart', async () => {
    const { source, destination, order } = await sidesOf('read-only', small)
    mount(destination, 'size=1m')
    execFileSync('mount', ['-o', 'remount,ro', destination])
    const job = await depot.run(order)
    await expectStopped(job, 'permission', /mounted read-only/)
    execFileSync('mount', ['-o', 'remount,rw', destination])
    await expectRepaired(job, source, destination)
  })
})

describe('a source that may not be read', () => {
  const files = { ...small, 'deep/closed.txt': 'closed' }

  test('in one file: the others arrive', async () => {
    const { source, destination, order } = await sidesOf('closed-file', files)
    await chmod(join(source, 'deep/closed.txt'), 0)
    const job = await depot.run(order)
    await expectStopped(job, 'permission', /may not be read/)
    expect((await rowsOf(database, job.id))['deep/closed.txt']).toMatchObject({ state: 'failed' })
    expect(treeOf(destination)).toEqual(small)
    await chmod(join(source, 'deep/closed.txt'), 0o644)
    await expectRepaired(job, source, destination)
  })

  test('in one folder: the others arrive, and the folder has a row', async () => {
    const { source, destination, order } = await sidesOf('closed-folder', files)
    await chmod(join(source, 'deep'), 0)
    const job = await depot.run(order)
    await expectStopped(job, 'permission', /may not be read/)
    expect((await rowsOf(database, job.id)).deep).toMatchObject({ state: 'failed', cause: 'permission' })
    expect(treeOf(destination)).toEqual(small)
    await chmod(join(source, 'deep'), 0o755)
    await retryJob({ ctx, id: job.id })
    expect(await whenEnded(database, job.id)).toMatchObject({ state: 'completed', attempt: 2, files: 11 })
    expect(treeOf(destination)).toEqual(files)
    expect((await rowsOf(database, job.id)).deep).toMatchObject({ state: 'cancelled' })
  })
})

describe('a permission that is lost midway', () => {
  test('at the destination: nothing half shows under a final name, and the next attempt tidies up', async () => {
    const { source, destination, order } = await sidesOf('lost', small)
    await plantLarge(join(source, 'large.bin'), 32 * MiB)
    const { id } = await depot.begin({ ...order, options: { bandwidth: '1M' } })
    await whenJob(database, id, 'the small ones have arrived', ({ files }) => files === 10)
    await whenMoving(database, id)
    await chmod(destination, 0o555)
    onTestFinished(() => chmod(destination, 0o755))
    await updateJob({ ctx, id, input: { bandwidth: 'off' } })
    const job = await whenEnded(database, id)
    await expectStopped(job, 'permission', /may not be written/)
    expect((await rowsOf(database, id))['large.bin']).toMatchObject({ state: 'failed', cause: 'permission' })
    const names = Object.keys(treeOf(destination)).filter((name) => !name.endsWith('.partial'))
    expect(names.sort()).toEqual(Object.keys(small).sort())
    await chmod(destination, 0o755)
    await expectRepaired(job, source, destination)
  })

  test('at the source of a move: what could not be deleted there has not moved', async () => {
    const { source, destination, order } = await sidesOf('kept', small)
    await chmod(source, 0o555)
    onTestFinished(() => chmod(source, 0o755))
    const job = await depot.run({ operation: 'move', ...order })
    await expectStopped(job, 'permission', /may not be (?:deleted|moved)/)
    expect(treeOf(source)).toEqual(small)
    await chmod(source, 0o755)
    await retryJob({ ctx, id: job.id })
    expect(await whenEnded(database, job.id)).toMatchObject({ state: 'completed', attempt: 2 })
    expect(treeOf(destination)).toEqual(small)
    expect(treeOf(source)).toEqual({})
  })
})

test('several reasons in one job are each told, and nothing is tried again that only a person can repair', async () => {
  const files = { ...small, 'closed.txt': 'x', 'way/a.txt': 'a' }
  const { source, destination, order } = await sidesOf('mixed', files)
  await chmod(join(source, 'closed.txt'), 0)
  await plant(destination, { way: 'a file in the way' })
  const failed = await depot.run(order)
  const { id } = failed
  expect(failed).toMatchObject({ state: 'failed', attempt: 1, errorCause: 'files_blocked' })
  expect(failed.errorMessage).toBe(
    '2 files failed for different reasons: ' +
      'It may not be read: permission denied. (1) ' +
      'A file is in the way where a folder belongs, or a folder where a file belongs. (1)',
  )
  const before = await rowsOf(database, id)
  expect(before).toMatchObject({
    'closed.txt': { state: 'failed', cause: 'permission' },
    'way/a.txt': { state: 'failed', cause: 'in_the_way' },
  })
  await chmod(join(source, 'closed.txt'), 0o644)
  await rm(join(destination, 'way'))
  await retryJob({ ctx, id })
  const job = await whenEnded(database, id)
  expect(job).toMatchObject({ state: 'completed', files: 12, attempt: 2 })
  expect(treeOf(destination)).toEqual(treeOf(source))
  const after = await rowsOf(database, id)
  for (const path of Object.keys(small)) expect(after[path]).toEqual(before[path])
})
