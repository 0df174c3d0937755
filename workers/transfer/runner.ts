import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#lib/errors.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import type { Cause } from '#lib/jobs/causes.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { bandwidthBytes } from '#lib/jobs/schema.ts'
import type { ControlPlane } from '../control-plane/types.ts'
import { whyHostClosed } from '../endpoints/closed-hosts.ts'
import { RcError } from '../rclone/rc-client.ts'
import type { Slot } from '../rclone/slot.ts'
import { startTransfer } from '../rclone/transfer.ts'
import type { Transfer } from '../rclone/types.ts'
import type { OpenedPlace, PlaceOpener } from '../secrets/place-opener.ts'
import { redactor } from '../secrets/redactor.ts'
import type { OpenedToken, TokenKeeper } from '../secrets/token-keeper.ts'
import { makeReady, type Ready } from './checks.ts'
import type { Checksums } from './checksums.ts'
import { failed, HANDED_OVER, type StopReason, stoppedBy, storable, storageError } from './endings.ts'
import type { Swept } from './leftovers.ts'
import { ProgressBuffer } from './progress-buffer.ts'
import { SilenceWatch } from './silence.ts'
import { isHere, tidyUpElsewhere, tidyUpHere } from './tidy-up.ts'

/** Another machine may begin three seconds after the lease (lib/jobs/rescue-attempts.ts), whatever this rclone says. */
const CUT_OFF_GRACE_MS = 1000

export type RunOptions = {
  silenceMs: number
  spoolDir: string
  opener: PlaceOpener
  keeper: TokenKeeper
  checksums: Checksums
  plane: Pick<ControlPlane, 'claimPlaces'>
}

/** rclone itself, of a partial file (operations/copy.go, 1.75): its storage has gone away. */
const COULD_NOT_REMOVE = /^Failed to remove failed (?:partial )?copy/

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
  /** Files that rclone is never given. */
  #refused = 0
  #redact = (text: string) => text
  readonly #opener: PlaceOpener
  readonly #keeper: TokenKeeper
  readonly #checksums: Checksums
  readonly #plane: RunOptions['plane']
  #tokens: OpenedToken[] = []
  /** What rclone was at work on when it died, where that left files in a storage elsewhere. */
  #left: Ready | null = null
  readonly #handedOver = new AbortController()
  readonly #silence: SilenceWatch
  readonly #checks = new AbortController()
  readonly #onBacklog: () => void

  /** `onBacklog` is called when so many files wait to be told of that the next tick is too far. */
  constructor(
    assignment: Assignment,
    { silenceMs, spoolDir, opener, keeper, checksums, plane }: RunOptions,
    onBacklog: () => void,
  ) {
    this.#opener = opener
    this.#keeper = keeper
    this.#checksums = checksums
    this.#plane = plane
    this.assignment = assignment
    this.#onBacklog = onBacklog
    this.buffer = new ProgressBuffer(assignment, spoolDir)
    this.#silence = new SilenceWatch(silenceMs)
  }

  /** Runs to the end. Never throws for what a storage or rclone does. */
  async run(slot: Slot): Promise<AttemptOutcome> {
    const { assignment, buffer } = this
    this.#slot = slot
    this.#silence.moved()
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
    if (HANDED_OVER.has(reason)) this.#handedOver.abort()
    if (reason === 'cut off') void this.#killAfter(CUT_OFF_GRACE_MS)
    await this.#transfer?.stop()
  }

  async #killAfter(ms: number): Promise<void> {
    const slot = this.#slot
    await sleep(ms)
    if (slot !== null && this.#slot === slot) slot.kill()
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
    const stats = this.#transfer ? await this.#transfer.stats().catch(() => null) : null
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
    const preparing = this.#prepare(slot)
    const ready = await this.#unlessStopped(preparing)
    if (ready === 'stopped') {
      // A question of the checks may still be on its way to this rclone.
      slot.doubt()
      // What it still opens would else be held by a slot that nobody uses any more.
      void preparing.catch(() => {}).then(() => this.#keeper.end(slot, []))
      return this.#ending({ kind: 'cancelled' })
    }
    if ('kind' in ready) return ready
    if (ready.swept) this.buffer.leftBehind = false
    for (const { path, cause, message } of ready.refused) this.#refuse(path, message, cause)
    for (const { source: path, size } of ready.moved) {
      this.buffer.file({ state: 'completed', action: 'moved', path, size })
    }
    return this.#transferNow(slot, ready)
  }

  /** All that comes before the start, or why there is none. */
  async #prepare(slot: Slot): Promise<AttemptOutcome | Ready> {
    const { assignment } = this
    if (assignment.source.deleted || assignment.destination.deleted) return failed('endpoint_deleted')
    const closed = (await whyHostClosed(assignment.source)) ?? (await whyHostClosed(assignment.destination))
    if (closed) return failed('host_refused', closed)
    await this.#lendChecksums(slot)
    const [from, to] = await this.#open(slot)
    this.#step()
    const note = (line: string) => this.buffer.line('info', line)
    return makeReady({ slot, assignment, from, to, plane: this.#plane, step: this.#step, note })
  }

  /**
   * A dead mount keeps its caller for ever, a large tree or a store of secrets for long: whoever wants the attempt to
   * end need not wait. What was given up moves nothing any more: it throws at its next step.
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

  /** Files can go without: then they are compared as those of a storage that has none. */
  async #lendChecksums(slot: Slot): Promise<void> {
    const { source, destination } = this.assignment
    await this.#checksums.lend(slot, [source, destination]).catch((error: unknown) => {
      const why = messageOf(error)
      this.buffer.line('warning', `The checksums of this attempt do not last beyond it: ${why}`)
    })
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

  #refuse(path: string, message: string, cause: Cause): void {
    this.#refused += 1
    this.buffer.file({ state: 'failed', path, cause, message })
  }

  async #transferNow(slot: Slot, ready: Ready): Promise<AttemptOutcome> {
    const { source, destination, sourceIsFile, pairs } = ready
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
      onLog: (entry) => {
        if (COULD_NOT_REMOVE.test(entry.message)) buffer.leftBehind = true
        buffer.log({ ...entry, message: this.#redact(entry.message) })
      },
    })
    buffer.line('info', 'The checks passed; rclone has started.')
    this.#silence.moved()
    if (this.#stopped) void this.#transfer.stop()
    const end = await this.#transfer.done
    buffer.stats({ ...end.stats, speed: 0, etaSeconds: null, transferring: [] }, end.counts.unchanged)
    if (!end.accounted) {
      buffer.line('warning', 'rclone told of fewer files than it counted: some may have no row of their own.')
    }
    if (!slot.alive && isHere(ready)) this.#tell(await tidyUpHere(ready, assignment.jobBegan))
    else if (!slot.alive) {
      this.#left = ready
      buffer.leftBehind = true
    }
    if (this.#refused > 0 && end.outcome.kind === 'completed') {
      // What keeps a file from its place is a name or a path: no other attempt finds it otherwise.
      const files = this.#refused === 1 ? 'One file has' : `${this.#refused} files have`
      return failed('files_blocked', `${files} no place at the destination. See Files.`)
    }
    return this.#ending(end.outcome)
  }

  /** Whether its rclone died with something half-written in a storage elsewhere. */
  get leftElsewhere(): boolean {
    return this.#left !== null && !this.#handedOver.signal.aborted
  }

  /** Removes that by another rclone, before the end is told: then the next attempt may write there. */
  async tidyUp(slot: Slot): Promise<void> {
    const open = (given: Slot) => this.#open(given)
    this.#tell(await tidyUpElsewhere(slot, this.#left!, open, this.#handedOver.signal))
    await this.#keeper.end(slot, this.#tokens)
  }

  #tell(swept: Swept | null): void {
    this.buffer.leftBehind = swept?.moving !== 0
    if (swept?.removed) this.buffer.line('info', `Removed ${swept.removed} partial files that rclone left.`)
  }

  /** rclone's outcome, unless we ended it: then our reason, since rclone only says "context canceled". */
  #ending(outcome: AttemptOutcome): AttemptOutcome {
    const isOurs = this.#stopped !== null && outcome.kind !== 'completed'
    return isOurs ? stoppedBy(this.#stopped!, this.#silence.sentence) : outcome
  }

  #slowest(rate: string | undefined): number | null {
    return smallest(
      [rate, ...this.assignment.limits.map((l) => l.bandwidth)].map((text) => bandwidthBytes(text)),
    )
  }
}

function smallest(values: (number | null | undefined)[]): number | null {
  const given = values.filter((value) => value !== null && value !== undefined)
  return given.length > 0 ? Math.min(...given) : null
}
