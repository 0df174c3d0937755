import type { Assignment } from '#lib/jobs/assignment.ts'
import type { AttemptReport, Figures } from '#lib/jobs/schema.ts'
import { fileEnd } from '../rclone/file-results.ts'
import { unchangedFiles } from '../rclone/stats.ts'
import type { FileResult, LogEntry, Skipped, Stats } from '../rclone/types.ts'
import { FileQueue } from './file-queue.ts'
import { LogCap } from './log-cap.ts'
import { storableAmount, storableText } from './storable.ts'

/** One chatty line must not fill the log. */
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
  /** Lines that were to be told so far, delivered or not. */
  #logged = 0
  readonly #cap = new LogCap((line) => {
    this.#logged += 1
    this.#log.push(line)
  })
  /** Whether a report came back: it may have been written all the same. */
  #saidBefore = false
  #failed = 0
  #skipped = 0
  #replaced = 0
  /** Whether partial files may lie at the destination; null where there is no news of it. */
  leftBehind: boolean | null = null
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
      this.#wasThere.bytes += storableAmount(result.size ?? 0)
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
    this.#cap.add({
      at: at.toISOString(),
      level,
      message: shown(message),
      ...(path !== null && { path: shown(path) }),
    })
  }

  /** The attempt is over but for our own last words: what its log kept back for the end is told. */
  endLog(): void {
    this.#cap.end()
  }

  /** `unchanged` is known at the end; until then it is told from the comparisons so far. */
  stats(stats: Stats, unchanged = this.#unchanged(stats)): void {
    const { bytes, transfers, etaSeconds } = stats
    const there = this.#wasThere
    this.#figures = {
      bytes: storableAmount(bytes + there.bytes),
      totalBytes: storableAmount(Math.max(stats.totalBytes, bytes) + there.bytes),
      files: storableAmount(transfers + there.files),
      totalFiles: storableAmount(Math.max(stats.totalTransfers, transfers) + there.files),
      unchangedFiles: storableAmount(unchanged),
      failedFiles: this.#failed,
      skippedFiles: this.#skipped,
      speed: storableAmount(stats.speed),
      etaSeconds: etaSeconds === null ? null : Math.min(storableAmount(etaSeconds), 2 ** 31 - 1),
    }
    this.#inFlight = stats.transferring.slice(0, 64).map((file) => ({
      path: storableText(file.path),
      size: storableAmount(file.size),
      bytes: storableAmount(file.bytes),
      speed: storableAmount(file.speed),
    }))
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
      ...(this.leftBehind !== null && { leftBehind: this.leftBehind }),
      ...(this.#saidBefore && { linesBefore: this.#logged - this.#log.length }),
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
  }

  giveBack(report: AttemptReport): void {
    this.#saidBefore = true
    this.#files.giveBack(report.files)
    this.#log = [...report.log, ...this.#log]
  }

  close(): void {
    this.#files.close()
  }
}

/** What a line shows of a text, which may be as long as rclone likes. */
function shown(text: string): string {
  const left = text.length - LONGEST_LINE
  const cut =
    left > 0 ? `${text.slice(0, LONGEST_LINE)} … (${left.toLocaleString('en')} more characters)` : text
  return storableText(cut)
}
