import { lstat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FilePair } from '#lib/jobs/schema.ts'
import { findMoved } from '../transfer/pairs.ts'
import { soon } from '../transfer/reach.ts'
import { FileResults } from './file-results.ts'
import type { LogLine } from './log-line.ts'
import { exactPath } from './names.ts'
import { outcomeOf } from './outcome.ts'
import { fullPath } from './remote.ts'
import { SentBytes } from './sent-bytes.ts'
import type { Slot } from './slot.ts'
import { readStats, unchangedFiles } from './stats.ts'
import type { FileResult, Stats, TransferEnd, TransferRequest } from './types.ts'

/** To ask for a size: it is good to know, and the storage may hang. */
const LOOK_MS = 5_000
/** Lines after which a file is not to be tried again. */
const TELLING: ReadonlySet<LogLine['meaning']['kind']> = new Set([
  ...(['copied', 'moved', 'deleted', 'delete-failed', 'failed', 'duplicate'] as const),
])

/** The books of one attempt: log lines in, results out, and at the end whether they agree with the statistics. */
export class AttemptAccount {
  readonly #slot: Slot
  readonly #request: TransferRequest
  readonly #results: FileResults
  readonly #skipped = new Set<string>()
  /** Looking something up before a result can be told. */
  readonly #pending = new Set<Promise<void>>()
  readonly #exact: (path: string) => string
  /** Where each pair goes, by its source. */
  readonly #places: ReadonlyMap<string, string>
  /** As each pair was seen when it was chosen; to look again costs more than the rename. */
  readonly #sizes: ReadonlyMap<string, number | null>
  /** Moves of pairs: rclone deletes what it is to replace, and says so by its own name, which no source has. */
  readonly #replaced: ReadonlySet<string>
  /** Of files that arrived; rclone's own figure is gone when it dies before it is asked. */
  #bytes = 0
  readonly sent = new SentBytes()
  /** Of pairs: rclone has answered for each. */
  isWhole = false
  /** Of pairs: the sources that need not be named any more. */
  readonly #done = new Set<string>()
  /** Of calls before: what each has left alone is told by the sum. */
  #same = 0

  constructor(slot: Slot, request: TransferRequest) {
    this.#slot = slot
    this.#request = request
    this.#exact = request.source.type === 'local' ? exactPath : (path) => path
    const pairs = request.pairs ?? []
    this.#places = new Map(pairs.map(({ source, destination }) => [source, destination]))
    this.#sizes = new Map(pairs.map(({ source, size }) => [source, size]))
    const there = request.operation === 'move' ? pairs.map(({ destination }) => destination) : []
    this.#replaced = new Set(there.filter((path) => !this.#places.has(path)))
    this.#results = new FileResults(request.operation, (result) => this.#tell(result))
  }

  onLine(line: LogLine): void {
    const path = line.path === null ? null : this.#exact(line.path)
    this.#request.onLog?.({ at: line.at, level: line.level, message: line.message, path })
    const { kind } = line.meaning
    if (kind === 'copied' || kind === 'moved') this.sent.add(line)
    if (kind === 'skipped' && path !== null) this.#later(this.#skip(path, line))
    else if (line.maybeCut && path !== null && kind === 'failed') this.#later(this.#failCut(path, line))
    else if (kind === 'deleted' && path !== null && this.#replaced.has(path)) this.#results.lines.deletes += 1
    else this.#add(line, path)
  }

  #add(line: LogLine, path: string | null): void {
    if (path !== null && TELLING.has(line.meaning.kind) && this.#places.has(path)) this.#done.add(path)
    this.#results.add(line, path)
  }

  isDone(source: string): boolean {
    return this.#done.has(source)
  }

  /**
   * What one call has done of many files: what its log says of them, and of a copy in which nothing failed those that it
   * compared and left alone.
   */
  async settle(pairs: readonly FilePair[], failed: boolean): Promise<void> {
    await this.#slot.drainLog()
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    const { operation, group, source: from, destination: to } = this.#request
    const silent = pairs.filter(({ source }) => !this.#done.has(source))
    if (operation === 'move' && silent.length === 0) return
    const stats = await this.#slot.stats(group)
    if (operation === 'move') {
      // It has moved more than its log could tell (a full disk): to name those again would be to miss them.
      if (stats.transfers <= this.#results.lines.transfers) return
      const moved = await soon(findMoved(from, to, silent), LOOK_MS)
      for (const { source } of moved ?? []) this.#done.add(source)
      return
    }
    const all = unchangedFiles(stats, this.#results.replaced)
    const same = all - this.#same
    this.#same = all
    const areLinks = silent.some(({ source }) => this.#skipped.has(source))
    if (failed || areLinks || same !== silent.length) return
    for (const { source } of silent) this.#done.add(source)
  }

  /** A file that rclone says in its answer was not done; its log may have told it before, and better. */
  failed(path: string, message: string): void {
    this.#results.failed(path, message)
  }

  async close(how: { died: boolean; stopped: boolean; error: string | null }): Promise<TransferEnd> {
    const { counts, lines, failures, jobErrors } = this.#results
    const answered = how.died ? null : await this.#slot.stats(this.#request.group).catch(() => null)
    await this.#slot.drainLog()
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    this.#results.end({ died: how.died })
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    const stats: Stats = answered
      ? this.sent.eachOnce(answered)
      : { ...readStats({}), ...lines, bytes: this.#bytes }
    const accounted =
      answered !== null && stats.transfers === lines.transfers && stats.deletes === lines.deletes
    if (!accounted) this.#slot.doubt()
    const outcome = outcomeOf({
      ...how,
      // An answer without figures: whether there were errors is unknown, so another attempt must look.
      died: answered === null,
      jobErrors,
      failures,
      cancelledFiles: counts.cancelled,
      errors: stats.errors,
      folderTimes: this.#results.folderTimes,
      lastError: stats.lastError,
    })
    const unchanged = outcome.kind === 'interrupted' ? 0 : this.#unchanged(stats)
    return { outcome, stats, counts: { ...counts, skipped: this.#skipped.size, unchanged }, accounted }
  }

  /** rclone names files it leaves as they are only in its debug log; that one may hold secrets. */
  #unchanged(stats: Stats): number {
    const { operation, sourceIsFile, pairs } = this.#request
    const { counts } = this.#results
    if (pairs && !this.isWhole) return 0
    if (pairs) return Math.max(0, pairs.length - counts.completed - counts.failed - counts.cancelled)
    if (operation === 'move') return 0
    if (sourceIsFile) return counts.completed + counts.failed + counts.cancelled + stats.errors === 0 ? 1 : 0
    return unchangedFiles(stats, this.#results.replaced)
  }

  #tell(result: FileResult): void {
    const { destination, onFile } = this.#request
    if (result.state !== 'completed') onFile?.(result)
    else if (result.action !== 'moved' || result.size !== null || destination.type !== 'local')
      this.#tellDone(result)
    else {
      const size = this.#sizes.get(result.path) ?? null
      if (size === null) this.#later(this.#tellWithSize(result))
      else this.#tellDone({ ...result, size })
    }
  }

  #tellDone(result: Extract<FileResult, { state: 'completed' }>): void {
    if (!result.wasThere) this.#bytes += result.size ?? 0
    this.#request.onFile?.(result)
  }

  /** rclone does not say the size of what it renamed. */
  async #tellWithSize(result: Extract<FileResult, { state: 'completed' }>): Promise<void> {
    const place = this.#places.get(result.path) ?? result.path
    const path = posix.join(fullPath(this.#request.destination), place)
    const found = await soon(lstat(path), LOOK_MS)
    this.#tellDone({ ...result, size: found?.size ?? null })
  }

  /** Links and special files at the destination bring the same line; those were not to be copied. */
  async #skip(path: string, { meaning, message }: LogLine): Promise<void> {
    const { source, onSkipped } = this.#request
    if (meaning.kind !== 'skipped' || this.#skipped.has(path)) return
    if (source.type === 'local') {
      const found = await soon(lstat(posix.join(fullPath(source), path)), LOOK_MS)
      if (!found || found.isFile() || found.isDirectory() || this.#skipped.has(path)) return
    }
    this.#skipped.add(path)
    onSkipped?.({ path, reason: meaning.reason, message })
  }

  /**
   * The line names a file that lost its last bytes to the suffix. rclone knows the whole name: among the files
   * in flight, or, asked second since it moves that way, among the latest hundred that ended.
   */
  async #failCut(path: string, line: LogLine): Promise<void> {
    const { group } = this.#request
    const inFlight = await this.#slot.stats(group).catch(() => null)
    const ended = await this.#slot
      .call<{ transferred: { name: string; error?: string }[] | null }>('core/transferred', { group })
      .catch(() => null)
    const failed = (ended?.transferred ?? [])
      .filter(({ error }) => error)
      .map(({ name }) => this.#exact(name))
    const names = [...failed, ...(inFlight?.transferring ?? []).map(({ path: name }) => name)]
    const whole = names.find((name) => name === path) ?? names.find((name) => name.startsWith(path))
    this.#add(line, whole ?? path)
  }

  #later(work: Promise<void>): void {
    const kept = work.finally(() => this.#pending.delete(kept))
    this.#pending.add(kept)
  }
}
