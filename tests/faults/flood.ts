import { existsSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished } from 'vitest'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { keyClient } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, tempFolder, treeOf } from '#tests/support/files.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'
import { messagesOf, rowsOf } from './account.ts'

const NOISE = fileURLToPath(new URL('fixtures/noise.ts', import.meta.url))
const MiB = 1024 * 1024

/**
 * A real transfer by a real rclone into whose log somebody else writes a line of 100 MB, hostile ones, and
 * `megabytes` of chatter. Checks what must hold, and returns the figures that were measured.
 */
export async function flood(megabytes: number, withinMs: number) {
  const depot = await openDepot()
  const { database, ctx } = depot
  const folder = await tempFolder(onTestFinished)
  const [go, done, rclone] = ['go', 'done', 'rclone'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const noise = `'${process.execPath}' --disable-warning=ExperimentalWarning '${NOISE}' '${go}' '${done}' ${megabytes}`
  await writeFile(
    rclone,
    `#!/bin/sh\n[ "$1" = rcd ] && ${noise} </dev/null >/dev/null &\nexec '${inject('rclone')}' "$@"\n`,
  )
  await chmod(rclone, 0o755)
  // One slot: the one that makes the noise.
  const worker = await depot.worker(onTestFinished, { rclone, slots: 1 })
  const web = await startWeb(database.url, onTestFinished)
  const api = await keyClient(web.url, ctx, 'viewer')

  const small = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`d/${n}.txt`, `content ${n}`]))
  await plant(depot.in, small)
  await plantLarge(join(depot.in, 'large.bin'), 32 * MiB)
  const { id } = await depot.begin({ options: { bandwidth: '256K' } })
  await whenMoving(database, id)
  const before = peakMemory(worker.pid)
  const began = performance.now()
  await writeFile(go, '')
  const answers: number[] = []
  await eventually(
    'the noise is over',
    async () => {
      answers.push(await timed(async () => expect((await api.get(`/jobs/${id}/log`)).status).toBe(200)))
      return existsSync(done)
    },
    withinMs,
  )
  const noisySeconds = (performance.now() - began) / 1000
  await updateJob({ ctx: ctx.operator, id, input: { bandwidth: 'off' } })
  let ended = false
  const ending = whenEnded(database, id, withinMs).finally(() => {
    ended = true
  })
  // What was written is still being read.
  while (!ended) answers.push(await timed(() => api.get(`/jobs/${id}/log`)))
  const job = await ending
  const seconds = (performance.now() - began) / 1000

  expect(job).toMatchObject({ state: 'completed', attempt: 1, files: 51, failedFiles: 0, errorCause: null })
  expect(treeOf(depot.out)).toEqual(treeOf(depot.in))
  const rows = await rowsOf(database, id)
  expect(Object.keys(rows).sort()).toEqual([...Object.keys(small), 'large.bin'].sort())
  expect(Object.values(rows).filter(({ state }) => state !== 'completed')).toEqual([])

  const messages = await messagesOf(depot, id)
  expect(messages.length).toBeLessThan(27_100)
  expect(messages).toContainEqual(expect.stringMatching(/^[\d,]+ lines \([\d.]+ MB\) were left out here\.$/))
  expect(messages).toContainEqual(expect.stringMatching(/^x{4000} … \([\d,]+ more characters\)$/))
  expect(messages).toContain('a ␀ and half an emoji \ufffd')
  expect(messages.at(-1)).toBe('Attempt 1 completed.')
  expect(messages).toContain('the last of the noise')
  const [size] = await database.sql<{ rows: number; bytes: number; largest: number }[]>`
    select count(*)::int as rows, sum(octet_length(body))::float8 as bytes, max(octet_length(body)) as largest
    from log_chunks where job_id = ${id}`
  expect(size!.rows).toBeLessThan(200)
  expect(size!.largest).toBeLessThan(512 * 1024)
  const peak = peakMemory(worker.pid)
  // It was 60 to 90 MiB, and 100 MiB for 1 GB of noise; one line of 100 MB that is kept whole makes it twice that.
  expect(peak - before).toBeLessThan(200)
  // Half a minute is what a call may take.
  expect(Math.max(...answers)).toBeLessThan(30_000)
  return {
    ...{ megabytes, noisySeconds, seconds, lines: messages.length, rows: size!.rows, bytes: size!.bytes },
    ...{
      memoryBefore: before,
      memoryPeak: peak,
      slowestAnswer: Math.max(...answers),
      answers: answers.length,
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

/** The most memory that a process has had at once, in MiB. */
function peakMemory(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
  return Number(kib) / 1024
}
