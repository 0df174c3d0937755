import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import type { Assignment } from '#lib/jobs/assignment.ts'
import type { FileEnd } from '#lib/jobs/schema.ts'
import { tempFolder } from '#tests/support/files.ts'
import { FileQueue } from '#workers/transfer/file-queue.ts'
import { ProgressBuffer } from '#workers/transfer/progress-buffer.ts'

const asRoot = process.getuid?.() === 0 && process.platform === 'linux'
const MiB = 1024 * 1024
const A_REPORT = 20_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is really held, in MiB: of what is only not collected yet a process may have any amount. */
function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / MiB
}

function file(n: number): FileEnd {
  const path = `season 1/episode 12/shot ${n % 977}/plate-${n}.exr`
  return { path, size: n, state: 'completed', action: 'copied', cause: null, message: null }
}

/** Takes all, as reports do, every third in vain the first time; returns the sizes in the order they came. */
function* drain(queue: FileQueue): Generator<number> {
  for (let n = 1; queue.length > 0; n += 1) {
    if (n % 3 === 0) queue.giveBack(queue.take(A_REPORT))
    for (const { size } of queue.take(A_REPORT)) yield size
  }
}

test('a million files that cannot be told of wait on the disk: all come back in order, the memory stays', async () => {
  const folder = await tempFolder(onTestFinished)
  const queue = new FileQueue(folder)
  onTestFinished(() => queue.close())
  const before = held()
  for (let n = 0; n < 1_000_000; n += 1) queue.push(file(n))
  // In memory they would take 250 MB.
  expect(held() - before).toBeLessThan(50)
  expect(queue.length).toBe(1_000_000)
  // Nothing to find for anybody, and nothing that a kill could leave.
  expect(readdirSync(folder)).toEqual([])
  let next = 0
  let wrong = 0
  for (const size of drain(queue)) {
    if (size !== next) wrong += 1
    next += 1
  }
  expect([next, wrong, queue.takeDropped()]).toEqual([1_000_000, 0, 0])
})

test.skipIf(!asRoot)(
  'where the disk is full as well, they stay in memory up to a bound, and the log says so',
  async () => {
    const folder = await tempFolder(onTestFinished)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'file-orbit-test', folder])
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
    const buffer = new ProgressBuffer({ operation: 'copy' } as Assignment, folder)
    onTestFinished(() => buffer.close())
    for (let n = 0; n < 600_000; n += 1) {
      buffer.file({ state: 'completed', action: 'copied', path: file(n).path, size: n })
    }
    expect(buffer.untold).toBeGreaterThan(500_000)
    expect(buffer.untold).toBeLessThan(600_000)
    const lost = 600_000 - buffer.untold
    const { files, log } = buffer.take(A_REPORT)
    expect(files.map(({ size }) => size)).toEqual(Array.from({ length: A_REPORT }, (_, n) => n))
    expect(log).toMatchObject([
      { level: 'error', message: expect.stringContaining(`${lost} files have no row`) },
    ])
  },
)
