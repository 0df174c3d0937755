import type { Assignment } from '#lib/jobs/claim-attempt.ts'
import type { AttemptReport, Figures } from '#lib/jobs/schema.ts'
import { fileEnd } from '../rclone/file-results.ts'
import { unchangedFiles } from '../rclone/stats.ts'
import type { FileResult, LogEntry, Skipped, Stats } from '../rclone/types.ts'
import { FileQueue } from './file-queue.ts'

/** Lines that the control plane has not been told; while it is away the oldest make room for new ones. */
const LOG_KEPT = 20_000
/** A report carries at most this many lines; one chatty file must not fill the database. */
const LOG_A_JOB = 200_000
const LONGEST_LINE = 4_000

const none: Figures = {
  bytes: 0,
  totalBytes: 0,
  files: 0,
  totalFiles: 0,
  unchangedFiles: 0,
  failedFiles: 0,
  skippedFiles: 0,
  speed: 0,
  etaSeconds: null,
}

/**
 * What one attempt has to say: the latest figures (only they matter) and every file and log line since the
 * last report that was delivered. Bounded in memory, so that a long absence of the database does not cost the
 * worker; files wait on the disk beyond it, and of log lines that are let go the log says how many.
 */
export class ProgressBuffer {
  readonly #assignment: Assignment
  #figures = none
  #inFlight: AttemptReport['inFlight'] = []
  readonly #files: FileQueue
  #log: AttemptReport['log'] = []
  #cut = 0
  #logged = 0
  /** Whether a report came back: it may have been written all the same. */
  #saidBefore = false
  #failed = 0
  #skipped = 0
  #replaced = 0
  /** Moved files that rclone's figures leave out; their rows count, so the figures must. */
  readonly #wasThere = { files: 0, bytes: 0 }

  /** In `spoolDir` files wait that are too many for the memory. */
  constructor(assignment: Assignment, spoolDir: string) {
    this.#assignment = assignment
    this.#files = new FileQueue(spoolDir)
  }

  file(result: FileResult): void {
    if (result.state === 'failed') this.#failed += 1
    if (result.state === 'completed' && result.action === 'replaced') this.#replaced += 1
    if (result.state === 'completed' && result.wasThere) {
      this.#wasThere.files += 1
      this.#wasThere.bytes += result.size ?? 0
    }
    this.#files.push(fileEnd(this.#assignment.operation, result))
  }

  skipped(skipped: Skipped): void {
    this.#skipped += 1
    this.line('notice', skipped.message, skipped.path)
  }

  log(entry: LogEntry): void {
    this.line(entry.level, entry.message, entry.path, entry.at)
  }

  line(level: LogEntry['level'], message: string, path: string | null = null, at = new Date()): void {
    this.#logged += 1
    if (this.#logged > LOG_A_JOB) return
    const last = this.#logged === LOG_A_JOB
    this.#log.push({
      at: at.toISOString(),
      level: last ? 'notice' : level,
      message: last
        ? `More than ${LOG_A_JOB.toLocaleString('en')} lines: the rest of this attempt's log was not kept.`
        : clean(message).slice(0, LONGEST_LINE),
      ...(path !== null && !last && { path: clean(path) }),
    })
    if (this.#log.length > LOG_KEPT) {
      this.#log.shift()
      this.#cut += 1
    }
  }

  /** `unchanged` is known at the end; until then it is told from the comparisons so far. */
  stats(stats: Stats, unchanged = this.#unchanged(stats)): void {
    const there = this.#wasThere
    this.#figures = {
      bytes: stats.bytes + there.bytes,
      totalBytes: Math.max(stats.totalBytes, stats.bytes) + there.bytes,
      files: stats.transfers + there.files,
      totalFiles: Math.max(stats.totalTransfers, stats.transfers) + there.files,
      unchangedFiles: unchanged,
      failedFiles: this.#failed,
      skippedFiles: this.#skipped,
      speed: Math.round(stats.speed),
      etaSeconds: stats.etaSeconds === null ? null : Math.min(Math.round(stats.etaSeconds), 2 ** 31 - 1),
    }
    this.#inFlight = stats.transferring
      .slice(0, 64)
      .map(({ path, size, bytes, speed }) => ({ path: clean(path), size, bytes, speed: Math.round(speed) }))
  }

  /** A moved file is told as moved, even when the destination had it already. */
  #unchanged(stats: Stats): number {
    return this.#assignment.operation === 'move' ? 0 : unchangedFiles(stats, this.#replaced)
  }

  /** How many files wait to be told of. */
  get untold(): number {
    return this.#files.length
  }

  /**
   * Hands over what is to be told, of files the oldest `most`, and forgets it; `giveBack` undoes that when it
   * could not be delivered.
   */
  take(most: number): AttemptReport {
    const { attemptId, epoch, jobId, number } = this.#assignment
    const files = this.#files.take(most)
    this.#tellOfGaps()
    const report: AttemptReport = {
      attemptId,
      epoch,
      jobId,
      number,
      figures: this.#figures,
      inFlight: this.#inFlight,
      files,
      log: this.#log,
      ...(this.#saidBefore && { linesBefore: Math.min(this.#logged, LOG_A_JOB) - this.#log.length }),
    }
    this.#saidBefore = false
    this.#log = []
    return report
  }

  #tellOfGaps(): void {
    const dropped = this.#files.takeDropped()
    if (dropped > 0) {
      this.line('error', `${dropped} files have no row of their own: the worker's disk could not keep them.`)
    }
    if (this.#cut === 0) return
    this.line('notice', `${this.#cut} older lines were not kept while the control plane was away.`)
    this.#cut = 0
  }

  giveBack(report: AttemptReport): void {
    this.#saidBefore = true
    this.#files.giveBack(report.files)
    const log = [...report.log, ...this.#log]
    this.#cut += Math.max(log.length - LOG_KEPT, 0)
    this.#log = log.slice(-LOG_KEPT)
  }

  close(): void {
    this.#files.close()
  }
}

/** Postgres stores no NUL and no lone surrogates. */
function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '␀')
}
