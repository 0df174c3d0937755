import { MultiBar } from 'cli-progress'
import type { Job } from '#lib/jobs/schema.ts'
import { size } from './output.ts'

/** A bar on a terminal, a line for each change of state elsewhere; both on standard error. */
export function progressView(): { saw(job: Job): void; stop(): void } {
  if (!process.stderr.isTTY) {
    let state = ''
    return {
      saw(job) {
        if (job.state !== state) console.error(`job ${job.id}: ${job.state}`)
        state = job.state
      },
      stop() {},
    }
  }
  const bars = new MultiBar({
    stream: process.stderr,
    format: '{state} [{bar}] {percentage} %  {bytes} of {total}  {files}  {speed}/s  {left}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: false,
    barsize: 28,
  })
  const bar = bars.create(1, 0, { state: 'queued', bytes: '', total: '', files: '', speed: '', left: '' })
  return {
    saw(job) {
      bar.setTotal(Math.max(job.totalBytes, 1))
      bar.update(job.state === 'completed' ? Math.max(job.totalBytes, 1) : job.bytes, {
        state: job.state,
        bytes: size(job.bytes),
        total: size(job.totalBytes),
        files: `${job.files} of ${job.totalFiles} files`,
        speed: size(job.speed),
        left: job.etaSeconds === null ? '' : `${job.etaSeconds} s left`,
      })
    },
    stop: () => bars.stop(),
  }
}
