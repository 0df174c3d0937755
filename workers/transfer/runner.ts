import { type Cause, causes } from '#lib/jobs/causes.ts'
import type { AssignedSide, Assignment } from '#lib/jobs/claim-attempt.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { bandwidthBytes } from '#lib/jobs/schema.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { hasAnyFile, statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import type { Slot } from '../rclone/slot.ts'
import { startTransfer } from '../rclone/transfer.ts'
import type { Place, PlaceKind, Transfer } from '../rclone/types.ts'
import { removePartials } from './leftovers.ts'
import { whyOverlaps } from './overlap.ts'
import { ProgressBuffer } from './progress-buffer.ts'
import { findEscape, whyOutside } from './real-paths.ts'
import { SilenceWatch } from './silence.ts'
import { storableText } from './storable.ts'

/** Why a running attempt is to end early. The first reason wins and is kept. */
export type StopReason = 'cancel' | 'pause' | 'lost' | 'silent' | 'shutdown'

/** Files a report: written while rclone goes on with the next, and no report so large that it holds others up. */
const EARLY_REPORT = 2000

/** One attempt on one slot, from its checks to its outcome. */
export class AttemptRun {
  readonly assignment: Assignment
  readonly buffer: ProgressBuffer
  #slot: Slot | null = null
  #transfer: Transfer | null = null
  #stopped: StopReason | null = null
  #bandwidth: number | null = null
  #sampling: Promise<void> | null = null
  readonly #silence: SilenceWatch
  readonly #onBacklog: () => void

  /** `onBacklog` is called when so many files wait to be told of that the next tick is too far. */
  constructor(
    assignment: Assignment,
    { silenceMs, spoolDir }: { silenceMs: number; spoolDir: string },
    onBacklog: () => void,
  ) {
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
    const outcome = storable(await this.#checkedTransfer(slot).catch(storageError))
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
    await this.#transfer?.stop()
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
    if (!this.#transfer || !this.#slot) return
    const stats = await this.#slot.stats(this.assignment.attemptId).catch(() => null)
    if (!this.#slot) return
    if (stats) this.buffer.stats(stats)
    if (this.#silence.isSilent(stats)) void this.stop('silent')
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
    const source = placeOf(assignment.source)
    const destination = placeOf(assignment.destination)
    const outside = await this.#whyRefused(source, destination)
    if (outside) return outside
    const kind = await statPath(slot, source)
    if (kind === 'missing' && assignment.alreadyMoved) {
      this.buffer.line('info', 'An earlier attempt has moved the file; nothing is left to do.')
      return { kind: 'completed' }
    }
    const refusal = await this.#refuseSource(slot, kind, source, destination)
    if (refusal) return refusal
    if (assignment.number > 1) {
      const removed = await removePartials(source, destination, assignment.jobBegan)
      if (removed > 0) this.buffer.line('info', `Removed ${removed} partial files of an earlier attempt.`)
    }
    // Again, now that only the start is left: a link may have been put there since.
    const moved = await this.#whyRefused(source, destination)
    if (moved) return moved
    if (this.#stopped) return this.#ending({ kind: 'cancelled' })
    return this.#transferNow(slot, source, destination, kind === 'file')
  }

  async #whyRefused(source: Place, destination: Place): Promise<AttemptOutcome | null> {
    const { assignment } = this
    const why =
      (await whyOutside(source, assignment.source.roots)) ??
      (await whyOutside(destination, assignment.destination.roots)) ??
      (await findEscape(source, destination, assignment.destination.roots ?? []))
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
    if (this.assignment.operation === 'sync' && kind === 'folder' && !(await hasAnyFile(slot, source))) {
      return failed('source_empty', `${shown} holds no files. Nothing was touched.`)
    }
    return null
  }

  async #transferNow(
    slot: Slot,
    source: Place,
    destination: Place,
    sourceIsFile: boolean,
  ): Promise<AttemptOutcome> {
    const { assignment, buffer } = this
    this.#bandwidth = this.#slowest(assignment.options.bandwidth)
    const transfers = smallest([assignment.options.transfers, ...assignment.limits.map((l) => l.transfers)])
    this.#transfer = startTransfer(slot, {
      operation: assignment.operation,
      source,
      destination,
      sourceIsFile,
      options: { bandwidth: this.#bandwidth, ...(transfers !== null && { transfers }) },
      group: assignment.attemptId,
      onFile: (result) => {
        buffer.file(result)
        if (buffer.untold === EARLY_REPORT) this.#onBacklog()
      },
      onSkipped: (skipped) => buffer.skipped(skipped),
      onLog: (entry) => buffer.log(entry),
    })
    buffer.line('info', 'The checks passed; rclone has started.')
    this.#silence.begin()
    if (this.#stopped) void this.#transfer.stop()
    const end = await this.#transfer.done
    buffer.stats({ ...end.stats, speed: 0, etaSeconds: null, transferring: [] }, end.counts.unchanged)
    if (!end.accounted) {
      buffer.line('warning', 'rclone told of fewer files than it counted: some may have no row of their own.')
    }
    if (!slot.alive) await this.#tidyUp(source, destination)
    return this.#ending(end.outcome)
  }

  /** A killed rclone leaves its partial files, and a job that a person cancels now has no next attempt. */
  async #tidyUp(source: Place, destination: Place): Promise<void> {
    const removed = await removePartials(source, destination, this.assignment.jobBegan).catch(() => 0)
    if (removed > 0) this.buffer.line('info', `Removed ${removed} partial files that rclone left.`)
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

function placeOf(side: AssignedSide): Place {
  return {
    type: side.type,
    root: side.root,
    path: side.path,
    ...(side.type !== 'local' && { settings: side.settings }),
  }
}

function failed(cause: Cause, message: string = causes[cause].title): AttemptOutcome {
  return { kind: 'failed', cause, message }
}

/** A storage that cannot even be looked at: rclone's refusal, or the file system's (EACCES, ELOOP). */
function storageError(error: unknown): AttemptOutcome {
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
