import { execFileSync } from 'node:child_process'
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setInterval as every } from 'node:timers/promises'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { causes } from '#lib/jobs/causes.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenJob, whenMoving } from '#tests/support/when.ts'
import { attemptsOf, liesOf, messagesOf, rowsOf } from './account.ts'

const depot = await openDepot()
await depot.worker(afterAll, { slots: 8 })
const { database } = depot
const ctx = depot.ctx.operator
const SIZE = 8 * 1024 * 1024

const small = { 'a.txt': 'a', 'deep/b.txt': 'b' }

/** A limited transfer of one large file among small ones, with the large one in flight. */
async function inFlight(name: string, operation: 'copy' | 'move' | 'sync' = 'copy') {
  const source = await plant(join(depot.in, name), small)
  await plantLarge(join(source, 'large.bin'), SIZE)
  const { id } = await depot.begin({ operation, from: name, to: name, options: { bandwidth: '512K' } })
  await whenMoving(database, id)
  return { id, source, destination: join(depot.out, name), large: join(source, 'large.bin') }
}

const letGo = (id: string) => updateJob({ ctx, id, input: { bandwidth: 'off' } })

const SENTENCE = /changed at the source while it was copied|gone when its turn came/

test.concurrent.each([
  ['grows', (path: string) => appendFile(path, 'more')],
  ['shrinks', (path: string) => truncate(path, 1000)],
  ['is written anew at the same size', (path: string) => writeFile(path, Buffer.alloc(SIZE, 7))],
  [
    'is replaced by another',
    async (path: string) => {
      await writeFile(`${path}.new`, 'another one')
      await rename(`${path}.new`, path)
    },
  ],
])('a file that %s while it is copied is taken again, whole', async (what, change) => {
  const { id, source, destination, large } = await inFlight(what.replaceAll(' ', '-'))
  await change(large)
  await letGo(id)
  const job = await whenEnded(database, id)
  const rows = await rowsOf(database, id)
  expect(job).toMatchObject({ state: 'completed', files: 3, failedFiles: 0 })
  expect(treeOf(destination)).toEqual(treeOf(source))
  expect(liesOf(source, destination, rows)).toEqual([])
  expect(rows['large.bin']).toMatchObject({ state: 'completed', attempt: job.attempt })
})

test.concurrent('a file that vanishes while it is copied is told, and nothing half of it stays', async () => {
  const { id, source, destination, large } = await inFlight('vanishes')
  await rm(large)
  await letGo(id)
  const job = await whenEnded(database, id)
  expect(job).toMatchObject({ state: 'completed' })
  expect(treeOf(destination)).toEqual(treeOf(source))
  const rows = await rowsOf(database, id)
  expect(rows['large.bin']).toMatchObject({ state: 'cancelled', cause: 'source_changed' })
  expect(rows['large.bin']!.message).toMatch(/At the next attempt it was unchanged or gone/)
})

// Within one file system a move is a rename, which has no middle.
test.skipIf(process.getuid?.() !== 0)(
  'a move deletes at the source only what has arrived whole',
  async () => {
    const destination = await plant(join(depot.out, 'moved'), {})
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'file-orbit-test', destination])
    onTestFinished(() => void execFileSync('umount', [destination]))
    const { id, source, large } = await inFlight('moved', 'move')
    await appendFile(large, 'more')
    const whole = { ...small, 'large.bin': treeOf(source)['large.bin']! }
    // Looked at in that moment: the next attempt takes the rest.
    let left = {}
    const second = whenJob(database, id, 'it is tried again', ({ state }) => {
      left = treeOf(source)
      return state === 'retrying'
    })
    await letGo(id)
    expect(await second).toMatchObject({ errorCause: 'source_changed' })
    expect(left).toEqual({ 'large.bin': whole['large.bin'] })
    expect(await whenEnded(database, id)).toMatchObject({ state: 'completed', attempt: 2 })
    expect(treeOf(destination)).toEqual(whole)
    expect(treeOf(source)).toEqual({})
  },
)

test.concurrent('a file that never stops growing fails after a few tries further and further apart, and says which', async () => {
  const source = await plant(join(depot.in, 'log'), small)
  const large = join(source, 'app.log')
  await plantLarge(large, SIZE)
  const writing = new AbortController()
  const writer = grow(large, writing.signal)
  const { id } = await depot.begin({ from: 'log', to: 'log', options: { bandwidth: '4M' } })
  const job = await whenEnded(database, id, 90_000).finally(() => writing.abort())
  await writer
  expect(job).toMatchObject({ state: 'failed', errorCause: 'source_changed' })
  expect(job.errorMessage).toMatch(SENTENCE)
  expect(causes.source_changed.advice).toMatch(/not taken half-written/)
  const rows = await rowsOf(database, id)
  expect(rows['app.log']).toMatchObject({ state: 'failed', cause: 'source_changed' })
  expect(rows['app.log']!.message).toMatch(SENTENCE)
  // The small ones arrived once.
  expect(rows['a.txt']).toMatchObject({ state: 'completed', attempt: 1 })
  expect(await readFile(join(depot.out, 'log', 'deep/b.txt'), 'utf8')).toBe('b')
  expect(Object.keys(treeOf(join(depot.out, 'log'))).sort()).toEqual(['a.txt', 'deep/b.txt'])

  const tries = await attemptsOf(database, id)
  expect(tries.length).toBeGreaterThanOrEqual(3)
  expect(tries.length).toBeLessThanOrEqual(4)
  const waits = tries
    .slice(1)
    .map(({ startedAt }, n) => startedAt!.getTime() - tries[n]!.finishedAt!.getTime())
  // No sooner than the back-off says: 2, 4, 8 s, each a quarter less at the least.
  for (const [n, wait] of waits.entries()) expect(wait).toBeGreaterThan(2000 * 2 ** n * 0.7)
  const told = (await messagesOf(depot, id)).filter((message) => /^Attempt \d+ failed: /.test(message))
  expect(told).toHaveLength(tries.length)
})

async function grow(path: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of every(5, undefined, { signal })) await appendFile(path, 'one line more\n')
  } catch {
    // Aborted.
  }
}
