import { lstat, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FilePair } from '#lib/jobs/schema.ts'
import { soon } from '../transfer/reach.ts'
import { FileResults } from './file-results.ts'
import { noteAttempt } from './left-account.ts'
import type { LogLine } from './log-line.ts'
import { exactPath } from './names.ts'
import { outcomeOf } from './outcome.ts'
import { planCall, planPairs } from './plan.ts'
import { RcError } from './rc-client.ts'
import { fullPath } from './remote.ts'
import { SentBytes } from './sent-bytes.ts'
import type { Slot } from './slot.ts'
import { readStats, unchangedFiles } from './stats.ts'
import { planTogether, writeList } from './together.ts'
import type { FileResult, Stats, Transfer, TransferEnd, TransferRequest } from './types.ts'

/** A stopped rclone removes its partial files in milliseconds; a storage that hangs may never let it. */
const STOP_TIMEOUT_MS = 10_000
/** Files of one call. Small ones take a millisecond each, so that a stop is heard within a second. */
const PORTION = 250
/** A stop that came before its call reached rclone found nothing to stop, so it is said again. */
const STOP_AGAIN_MS = 100
/** A stop touches only rclone's memory: one that answers none of so many in a row hangs, and hears nothing. */
const MOST_UNANSWERED = 2
/** Between the end of a connection and the end of the process behind it. */
const DEATH_MS = 1_000
/**
 * A killed process that hangs in the kernel is not gone, but does nothing any more beyond the one call that it
 * hangs in. Nobody else gets its slot; its attempt need not wait for a disk that may never answer.
 */
const DYING_MS = 5_000
/** To ask for a size: it is good to know, and the storage may hang. */
const LOOK_MS = 5_000

/**
 * Starts one attempt in a slot that serves nothing else. Throws RangeError for a place that no verb should have
 * let through; everything later is in `done`.
 */
export function startTransfer(slot: Slot, request: TransferRequest): Transfer {
  const plan = request.pairs ? null : planCall(request)
  const account = new Account(slot, request)
  noteAttempt(slot.folder, request)
  const stopListening = slot.listen((line) => account.onLine(line))
  let stopped = false
  let settled = false
  const givenUp = new AbortController()
  const neverSent = new Promise<never>((_, reject) => {
    givenUp.signal.addEventListener('abort', () => reject(new RcError('', 0, 'given up')), { once: true })
  })
  neverSent.catch(() => {})
  /** To plan is to look at the disks, and one of them may hang. */
  const unlessGivenUp = <T>(call: Promise<T>) => Promise.race([call, neverSent])

  async function run(): Promise<TransferEnd> {
    let error: string | null = null
    let died = false
    try {
      if (request.options.bandwidth) await slot.limit(request.options.bandwidth)
      if (plan) {
        const { command, params } = await unlessGivenUp(plan)
        if (stopped) throw new RcError(command, 500, 'context canceled')
        await slot.call(command, params, { timeoutMs: null, signal: givenUp.signal })
      } else await movePairs()
      // A rclone that is stopped while it makes its first list may call that a success (1.75.2): nothing copied.
      if (stopped) throw new RcError('', 500, 'context canceled')
    } catch (thrown) {
      if (!(thrown instanceof RcError)) throw thrown
      error = thrown.message
      died = thrown.status === 0
    }
    if (died) await ensureDead(slot)
    const end = await account.close({ died, stopped, error })
    settled = true
    stopListening()
    return end
  }

  async function movePairs(): Promise<void> {
    const all = request.pairs ?? []
    await moveTogether(all)
    const left = all.filter(({ source }) => !account.isDone(source))
    for (let from = 0; from < left.length; from += PORTION) {
      if (stopped) throw new RcError('job/batch', 500, 'context canceled')
      const portion = left.slice(from, from + PORTION)
      const { command, params } = await unlessGivenUp(planPairs(request, portion))
      const { results } = await slot.call<{ results: { error?: string }[] }>(command, params, {
        ...{ timeoutMs: null, signal: givenUp.signal },
      })
      // A missing source brings no line in the log, only this answer.
      await slot.drainLog()
      for (const [at, { error }] of results.entries()) {
        if (error !== undefined) account.failed(portion[at]!.source, error)
      }
    }
    account.isWhole = true
  }

  /** Those that one call can do. What comes of each is in the log; what is not there is left to be named. */
  async function moveTogether(all: readonly FilePair[]): Promise<void> {
    const list = join(slot.folder, 'names')
    for (const { call, pairs, names } of await unlessGivenUp(planTogether(request, all, list))) {
      if (stopped) throw new RcError(call.command, 500, 'context canceled')
      await writeList(list, names)
      let failed = false
      try {
        await slot.call(call.command, call.params, { timeoutMs: null, signal: givenUp.signal })
      } catch (error) {
        // That some of them failed is no error of the others.
        if (!(error instanceof RcError) || error.status === 0 || stopped) throw error
        failed = true
      }
      await account.settle(pairs, failed)
    }
    await rm(list, { force: true })
  }

  const done = run()
  return {
    done,
    async stats() {
      const stats = await slot.stats(request.group)
      await slot.drainLog()
      return account.sent.eachOnce(stats)
    },
    async stop() {
      stopped = true
      const deadline = performance.now() + STOP_TIMEOUT_MS
      let unanswered = 0
      let killedAt: number | null = null
      while (!settled) {
        if (killedAt !== null) {
          if (performance.now() - killedAt > DYING_MS) givenUp.abort()
        } else if (performance.now() > deadline || unanswered >= MOST_UNANSWERED) {
          slot.kill()
          killedAt = performance.now()
        } else unanswered = (await isAnswered(slot.stopGroup(request.group))) ? 0 : unanswered + 1
        await Promise.race([done, sleep(STOP_AGAIN_MS)])
      }
    },
  }
}

/** Also by a refusal: then rclone at least is there. */
async function isAnswered(call: Promise<void>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    return error instanceof RcError && error.status !== 0
  }
}

/** No answer leaves open whether rclone still works on it; a dead one does not. */
async function ensureDead(slot: Slot): Promise<void> {
  await Promise.race([slot.exited, sleep(DEATH_MS)])
  slot.kill()
  await Promise.race([slot.exited, sleep(DYING_MS, null, { ref: false })])
}

/** Lines after which a file is not to be tried again. */
const TELLING: ReadonlySet<LogLine['meaning']['kind']> = new Set([
  ...(['copied', 'moved', 'deleted', 'delete-failed', 'failed', 'duplicate'] as const),
])

/** The books of one attempt: log lines in, results out, and at the end whether they agree with the statistics. */
class Account {
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

  /** What one call has done of many files: what its log says of them, and where nothing failed those it need not copy. */
  async settle(pairs: readonly FilePair[], failed: boolean): Promise<void> {
    await this.#slot.drainLog()
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    const silent = pairs.filter(({ source }) => !this.#done.has(source))
    if (silent.length === 0 || failed || this.#request.operation === 'move') return
    const stats = await this.#slot.stats(this.#request.group)
    const same = unchangedFiles(stats, this.#results.replaced) - this.#same
    if (same !== silent.length) return
    this.#same += same
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
