import { afterAll, expect, onTestFinished, test } from 'vitest'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { tempFolder } from '#tests/support/files.ts'
import { openStage } from '#tests/support/stage.ts'
import { readStats } from '#workers/rclone/stats.ts'
import { ProgressBuffer } from '#workers/transfer/progress-buffer.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage

/** One report of what `fill` told, and what the database has of it. */
async function reportOf(fill: (buffer: ProgressBuffer) => void) {
  const { job, held } = await stage.running()
  const buffer = new ProgressBuffer(held, await tempFolder(onTestFinished))
  fill(buffer)
  const verdicts = await reportAttempts({ ctx: ctx.agent, reports: [buffer.take(100)] })
  expect(verdicts).toHaveLength(1)
  const files =
    await database.sql`select path, size, message from transfers where job_id = ${job.id} order by path`
  return { files: [...files], row: await stage.row(job.id) }
}

test('no name, no word and no number of an rclone keeps a report from being stored', async () => {
  const half = '\ud83d'
  const { files, row } = await reportOf((buffer) => {
    const sizes = [1e308, -5, 1.5, Number.NaN, 2 ** 63]
    for (const [n, size] of sizes.entries()) {
      buffer.file({ state: 'completed', action: 'copied', path: `${n}`, size })
    }
    const message = `half ${half} and \0`
    buffer.file({ state: 'failed', cause: 'unknown', path: `odd \0 ${half}`, message })
    buffer.log({ at: new Date(), level: 'info', message, path: `\0${half}` })
    const huge = 2 ** 63
    const file = { name: `\0${half}`, size: huge, bytes: -1, speed: 1e300 }
    const figures = { bytes: huge, totalBytes: -huge, transfers: 1.5, eta: 1e300, speed: 1e300 }
    buffer.stats(readStats({ ...figures, checks: -4, transferring: [file] }))
  })
  const most = Number.MAX_SAFE_INTEGER
  expect(files).toEqual([
    { path: '0', size: String(most), message: null },
    { path: '1', size: '0', message: null },
    { path: '2', size: '2', message: null },
    { path: '3', size: '0', message: null },
    { path: '4', size: String(most), message: null },
    { path: 'odd ␀ \ufffd', size: '0', message: 'half \ufffd and ␀' },
  ])
  expect(row).toMatchObject({ bytes: most, totalBytes: most, files: 2, etaSeconds: 2 ** 31 - 1 })
})
