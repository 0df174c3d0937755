import { setTimeout as sleep } from 'node:timers/promises'
import { insideTest } from '#lib/endpoints/overlap.ts'
import { UnavailableError } from '#lib/errors.ts'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import type { Assignment } from '#lib/jobs/claim-attempt.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { bandwidthBytes, type FilePair } from '#lib/jobs/schema.ts'
import { whyHostClosed } from '../endpoints/closed-hosts.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { hasAnyFile, statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import type { Slot } from '../rclone/slot.ts'
import { startTransfer } from '../rclone/transfer.ts'
import type { Place, PlaceKind, Transfer } from '../rclone/types.ts'
import type { OpenedPlace, PlaceOpener } from '../secrets/place-opener.ts'
import { redactor } from '../secrets/redactor.ts'
import type { OpenedToken, TokenKeeper } from '../secrets/token-keeper.ts'
import { removePartials } from './leftovers.ts'
import { whyOverlaps } from './overlap.ts'
import { findMoved, findOutside, findSelves, mapFiles } from './pairs.ts'
import { ProgressBuffer } from './progress-buffer.ts'
import { answersSoon, soon, whenReached } from './reach.ts'
import { findEscape, whyOutside } from './real-paths.ts'
import { removeRemotePartials } from './remote-leftovers.ts'
import { whyOneStorage } from './same-storage.ts'
import { SilenceWatch } from './silence.ts'
import { storableText } from './storable.ts'

/** Why a running attempt is to end early. The first reason wins and is kept. */
export type StopReason = 'cancel' | 'pause' | 'lost' | 'silent' | 'shutdown' | 'cut off'

/** Another machine may begin three seconds after the lease (lib/jobs/rescue-attempts.ts), whatever this rclone says. */
const CUT_OFF_GRACE_MS = 1000

export type RunOptions = { silenceMs: number; spoolDir: string; opener: PlaceOpener; keeper: TokenKeeper }

/** Files a report: written while rclone goes on with the next, and no report so large that it holds others up. */
const EARLY_REPORT = 2000

/** What a killed rclone left is looked for this long; the next attempt looks again. */
const TIDY_UP_MS = 60_000

/** One attempt on one slot, from its checks to its outcome. */
export class AttemptRun {
  readonly assignment: Assignment
  readonly buffer: ProgressBuffer
  #slot: Slot | null = null
  #transfer: Transfer | null = null
  #stopped: StopReason | null = null
  #bandwidth: number | null = null
  #sampling: Promise<void> | null = null
  /** Files that rclone is never given. */
  #refused = 0
  #redact = (text: string) => text
  readonly #opener: PlaceOpener
  readonly #keeper: TokenKeeper
  #tokens: OpenedToken[] = []
  readonly #silence: SilenceWatch
  readonly #checks = new AbortController()
  readonly #onBacklog: () => void

  /** `onBacklog` is called when so many files wait to be told of that the next tick is too far. */
  constructor(
    assignment: Assignment,
    { silenceMs, spoolDir, opener, keeper }: RunOptions,
    onBacklog: () => void,
  ) {
    this.#opener = opener
    this.#keeper = keeper
    this.assignment = assignment
    this.#onBacklog = onBacklog
    this.buffer = new ProgressBuffer(assignment, spoolDir)
    this.#silence = new SilenceWatch(silenceMs)
  }

  /** Runs to the end. Never throws for what a storage or rclone does. */
  async run(slot: Slot): Promise<AttemptOutcome> {
    const { assignment, buffer } = this
    this.#slot = slot
    buffer.line('info', `Attempt ${assignment.number} begins: ${assignment.operation}.`)
    const told = await this.#checkedTransfer(slot).catch(storageError)
    await this.#keeper.end(slot, this.#tokens)
    const outcome = storable('message' in told ? { ...told, message: this.#redact(told.message) } : told)
    this.#slot = null
    buffer.endLog()
    const ending = outcome.kind === 'failed' || outcome.kind === 'interrupted' ? `: ${outcome.message}` : '.'
    buffer.line(
      outcome.kind === 'completed' ? 'info' : 'error',
      `Attempt ${assignment.number} ${outcome.kind}${ending}`,
    )
    return outcome
  }

  /** Asks the attempt to end; resolves when its rclone has stopped moving bytes. */
  async stop(reason: StopReason): Promise<void> {
    this.#stopped ??= reason
    this.#checks.abort()
    if (reason === 'cut off') void this.#killAfter(CUT_OFF_GRACE_MS)
    await this.#transfer?.stop()
  }

  async #killAfter(ms: number): Promise<void> {
    const slot = this.#slot
    await sleep(ms)
    if (slot !== null && this.#slot === slot) slot.kill()
  }

  /** From its slot to its outcome: what a report may speak of. */
  get isRunning(): boolean {
    return this.#slot !== null
  }

  get stopped(): StopReason | null {
    return this.#stopped
  }

  /**
   * Reads rclone's figures into the buffer, and ends an attempt in which nothing has moved for too long. Takes
   * seconds where rclone hangs; a call made meanwhile joins it.
   */
  sample(): Promise<void> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = null
    })
    return this.#sampling
  }

  async #sample(): Promise<void> {
    if (!this.#slot) return
    const stats = this.#transfer ? await this.#slot.stats(this.assignment.attemptId).catch(() => null) : null
    if (!this.#slot) return
    if (stats) this.buffer.stats(stats)
    if (this.#silence.isSilent(stats)) void this.stop('silent')
    await this.#keeper.look(this.#slot, this.#tokens)
  }

  /** A new limit from a person, applied while it runs. */
  async limit(rate: string | undefined): Promise<void> {
    const before = this.#bandwidth
    const wanted = this.#slowest(rate)
    if (wanted === before || !this.#transfer || !this.#slot) return
    this.#bandwidth = wanted
    try {
      await this.#slot.limit(wanted)
    } catch (error) {
      if (!(error instanceof RcError)) throw error
      // It may hang for a while only: the next report has it tried again.
      if (this.#bandwidth === wanted) this.#bandwidth = before
    }
  }

  async #checkedTransfer(slot: Slot): Promise<AttemptOutcome> {
    const { assignment } = this
    if (assignment.source.deleted || assignment.destination.deleted) return failed('endpoint_deleted')
    const closed = (await whyHostClosed(assignment.source)) ?? (await whyHostClosed(assignment.destination))
    if (closed) return failed('host_refused', closed)
    const [from, to] = await this.#open(slot)
    const { place: source } = from
    const { place: destination } = to
    this.#silence.moved()
    const checked = await this.#unlessStopped(this.#check(slot, from, to))
    if (checked === 'stopped') {
      // A question of the checks may still be on its way to this rclone.
      slot.doubt()
      return this.#ending({ kind: 'cancelled' })
    }
    if (checked !== 'file' && checked !== 'folder') return checked
    const pairs = await this.#unlessStopped(this.#pairs(slot, source, destination))
    if (pairs === 'stopped') {
      slot.doubt()
      return this.#ending({ kind: 'cancelled' })
    }
    return this.#transferNow(slot, source, destination, checked === 'file', pairs)
  }

  /**
   * A dead mount keeps its caller for ever, and a large tree for long: whoever wants the attempt to end need not
   * wait. What was given up moves nothing any more: it throws at its next step.
   */
  async #unlessStopped<T>(work: Promise<T>): Promise<T | 'stopped'> {
    const { promise, resolve } = Promise.withResolvers<'stopped'>()
    this.#checks.signal.addEventListener('abort', () => resolve('stopped'), { once: true })
    if (this.#stopped) resolve('stopped')
    const found = await Promise.race([promise, work])
    return this.#stopped ? 'stopped' : found
  }

  /** In each check, after everything it has seen. */
  readonly #step = (): void => {
    this.#checks.signal.throwIfAborted()
    this.#silence.moved()
  }

  /** What the source is, or why nothing may begin. */
  async #check(slot: Slot, from: OpenedPlace, to: OpenedPlace): Promise<AttemptOutcome | 'file' | 'folder'> {
    const { assignment } = this
    const { place: source } = from
    const { place: destination } = to
    await whenReached(source, destination, ...from.localBases, ...to.localBases)
    this.#step()
    const basesOutside = await this.#whyBasesOutside(from, to)
    if (basesOutside) return basesOutside
    const outside = await this.#whyRefused(source, destination)
    if (outside) return outside
    const kind = await statPath(slot, source)
    if (kind === 'missing' && assignment.alreadyMoved) {
      this.buffer.line('info', 'An earlier attempt has moved the file; nothing is left to do.')
      return { kind: 'completed' }
    }
    const refusal = await this.#refuseSource(slot, kind, source, destination)
    if (refusal) return refusal
    const one = await whyOneStorage(slot, assignment, source, destination, kind)
    if (one) return failed('overlap', one)
    if (assignment.number > 1) {
      const bothLocal = source.type === 'local' && destination.type === 'local'
      const removed = bothLocal
        ? await removePartials(source, destination, assignment.jobBegan, this.#step)
        : await removeRemotePartials(slot, source, destination, kind)
      if (removed > 0) this.buffer.line('info', `Removed ${removed} partial files of an earlier attempt.`)
    }
    // Again, now that only the start is left: a link may have been put there since.
    const moved = await this.#whyRefused(source, destination)
    if (moved) return moved
    return kind === 'file' ? 'file' : 'folder'
  }

  /** Both sides with their secrets, which from here on are taken out of all that is told. */
  async #open(slot: Slot): Promise<[OpenedPlace, OpenedPlace]> {
    const { source, destination } = this.assignment
    const from = await this.#opener.open(slot, source)
    const to = await this.#opener.open(slot, destination)
    this.#redact = redactor([...from.secrets, ...to.secrets])
    this.#tokens = [...from.tokens, ...to.tokens]
    return [from, to]
  }

  /** A local folder under an encrypted or combined endpoint lies inside the roots as well, with all its links. */
  async #whyBasesOutside(from: OpenedPlace, to: OpenedPlace): Promise<AttemptOutcome | null> {
    const { source, destination } = this.assignment
    for (const [opened, { roots }] of [[from, source] as const, [to, destination] as const]) {
      for (const base of opened.localBases) {
        const why =
          (await whyOutside(base, roots)) ?? (await findEscape(REMOTE, base, roots ?? [], this.#step))
        if (why !== null) return failed('outside_roots', why)
      }
    }
    return null
  }

  async #whyRefused(source: Place, destination: Place): Promise<AttemptOutcome | null> {
    const { assignment } = this
    const why =
      (await whyOutside(source, assignment.source.roots)) ??
      (await whyOutside(destination, assignment.destination.roots)) ??
      (await findEscape(source, destination, assignment.destination.roots ?? [], this.#step))
    if (why !== null) return failed('outside_roots', why)
    const overlap = await whyOverlaps(source, destination, assignment.operation)
    return overlap === null ? null : failed('overlap', overlap)
  }

  async #refuseSource(
    slot: Slot,
    kind: PlaceKind,
    source: Place,
    destination: Place,
  ): Promise<AttemptOutcome | null> {
    const shown = source.path === '' ? 'The root of the source' : `"${source.path}"`
    if (kind === 'missing') return failed('source_missing', `${shown} does not exist at the source.`)
    if (kind === 'other') {
      return failed('source_missing', `${shown} is a link or a device, not a file or folder.`)
    }
    const onto = await statPath(slot, destination)
    if (onto === 'file') {
      return failed(
        'destination_is_file',
        `The destination "${destination.path}" is a file; it must be a folder.`,
      )
    }
    if (
      this.assignment.operation === 'sync' &&
      kind === 'folder' &&
      !(await hasAnyFile(slot, source, this.#step))
    ) {
      return failed('source_empty', `${shown} holds no files. Nothing was touched.`)
    }
    return null
  }

  /** The files of a run that means some of them, or gives each a place of its own. Null: all, as they are. */
  async #pairs(slot: Slot, source: Place, destination: Place): Promise<FilePair[] | null> {
    const { plan, pairs: listed, jobId, operation, source: from, destination: to } = this.assignment
    if (plan === null) return null
    const { pairs, refused } =
      plan.kind === 'mapped'
        ? await mapFiles(
            slot,
            source,
            plan,
            jobId,
            insideTest({ stored: from, below: from.path }, { stored: to }),
          )
        : { pairs: listed ?? [], refused: [] }
    const selves = await findSelves(source, destination, pairs)
    const { number } = this.assignment
    const moved = operation === 'move' && number > 1 ? await findMoved(source, destination, pairs) : []
    for (const { path, message } of refused) this.#refuse(path, message)
    for (const path of selves) this.#refuse(path, 'Source and destination are one file.')
    for (const { source: path, size } of moved) {
      this.buffer.file({ state: 'completed', action: 'moved', path, size })
    }
    this.buffer.line('info', `${pairs.length} files have a place of their own (${operation}).`)
    const done = new Set([...selves, ...moved.map((pair) => pair.source)])
    return this.#onlyInside(
      source,
      destination,
      pairs.filter((pair) => !done.has(pair.source)),
    )
  }

  /** The places were checked as a whole; these are names below them, each with folders that may be links. */
  async #onlyInside(source: Place, destination: Place, pairs: FilePair[]): Promise<FilePair[]> {
    const from = await findOutside(
      source,
      this.assignment.source.roots,
      pairs.map((pair) => pair.source),
    )
    const to = await findOutside(
      destination,
      this.assignment.destination.roots,
      pairs.map((pair) => pair.destination),
    )
    return pairs.filter((pair) => {
      const why = from.get(pair.source) ?? to.get(pair.destination)
      if (why !== undefined) this.#refuse(pair.source, why, 'outside_roots')
      return why === undefined
    })
  }

  #refuse(path: string, message: string, cause: Cause = 'overlap'): void {
    this.#refused += 1
    this.buffer.file({ state: 'failed', path, cause, message })
  }

  async #transferNow(
    slot: Slot,
    source: Place,
    destination: Place,
    sourceIsFile: boolean,
    pairs: FilePair[] | null,
  ): Promise<AttemptOutcome> {
    const { assignment, buffer } = this
    this.#bandwidth = this.#slowest(assignment.options.bandwidth)
    const transfers = smallest([assignment.options.transfers, ...assignment.limits.map((l) => l.transfers)])
    this.#transfer = startTransfer(slot, {
      operation: assignment.operation,
      source,
      destination,
      sourceIsFile,
      ...(pairs && { pairs }),
      options: { bandwidth: this.#bandwidth, ...(transfers !== null && { transfers }) },
      group: assignment.attemptId,
      onFile: (result) => {
        buffer.file(result.state === 'failed' ? { ...result, message: this.#redact(result.message) } : result)
        if (buffer.untold === EARLY_REPORT) this.#onBacklog()
      },
      onSkipped: (skipped) => buffer.skipped(skipped),
      onLog: (entry) => buffer.log({ ...entry, message: this.#redact(entry.message) }),
    })
    buffer.line('info', 'The checks passed; rclone has started.')
    this.#silence.moved()
    if (this.#stopped) void this.#transfer.stop()
    const end = await this.#transfer.done
    buffer.stats({ ...end.stats, speed: 0, etaSeconds: null, transferring: [] }, end.counts.unchanged)
    if (!end.accounted) {
      buffer.line('warning', 'rclone told of fewer files than it counted: some may have no row of their own.')
    }
    if (!slot.alive) await this.#tidyUp(source, destination)
    if (this.#refused > 0 && end.outcome.kind === 'completed') {
      const files = this.#refused === 1 ? 'One file has' : `${this.#refused} files have`
      return failed('files_failed', `${files} no place at the destination. See Files.`)
    }
    return this.#ending(end.outcome)
  }

  /** A killed rclone leaves its partial files, and a job that a person cancels now has no next attempt. */
  async #tidyUp(source: Place, destination: Place): Promise<void> {
    if (!(await answersSoon(source, destination))) return
    const time = AbortSignal.timeout(TIDY_UP_MS)
    const step = () => time.throwIfAborted()
    const removed = await soon(
      removePartials(source, destination, this.assignment.jobBegan, step),
      TIDY_UP_MS,
    )
    if (removed) this.buffer.line('info', `Removed ${removed} partial files that rclone left.`)
  }

  /** rclone's outcome, unless we ended it: then our reason, since rclone only says "context canceled". */
  #ending(outcome: AttemptOutcome): AttemptOutcome {
    if (this.#stopped === null || outcome.kind === 'completed') return outcome
    switch (this.#stopped) {
      case 'cancel':
      case 'pause':
        return { kind: 'cancelled' }
      case 'silent':
        return { kind: 'interrupted', cause: 'silent', message: this.#silence.sentence }
      case 'lost':
      case 'cut off':
      case 'shutdown':
        return {
          kind: 'interrupted',
          cause: 'worker_lost',
          message: 'Its worker was stopped; the attempt was handed over.',
        }
    }
  }

  #slowest(rate: string | undefined): number | null {
    return smallest(
      [rate, ...this.assignment.limits.map((l) => l.bandwidth)].map((text) => bandwidthBytes(text)),
    )
  }
}

/** Some source that is not local: nothing of it tells which folders of the other side are written to. */
const REMOTE: Place = { type: 'crypt', root: '', path: '' }

function failed(cause: Cause, message: string = causes[cause].title): AttemptOutcome {
  return { kind: 'failed', cause, message }
}

/** A storage that cannot even be looked at: rclone's refusal, or the file system's (EACCES, ELOOP). */
function storageError(error: unknown): AttemptOutcome {
  if (error instanceof UnavailableError) return failed('secret', error.message)
  const isStorages = error instanceof RcError || (error instanceof Error && 'syscall' in error)
  if (!isStorages) throw error
  return { kind: 'failed', ...reasonOf(error.message) }
}

/** A cause's sentence may hold a name or rclone's own words. */
function storable(outcome: AttemptOutcome): AttemptOutcome {
  return 'message' in outcome ? { ...outcome, message: storableText(outcome.message) } : outcome
}

function smallest(values: (number | null | undefined)[]): number | null {
  const given = values.filter((value) => value !== null && value !== undefined)
  return given.length > 0 ? Math.min(...given) : null
}
