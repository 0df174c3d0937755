import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#lib/errors.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import { LEASE_SECONDS } from '#lib/jobs/claim-attempt.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { log } from '#lib/log.ts'
import type { ControlPlane } from './control-plane/types.ts'
import type { SlotPool } from './rclone/pool.ts'
import type { Slot } from './rclone/slot.ts'
import { Routes } from './routes.ts'
import type { PlaceOpener } from './secrets/place-opener.ts'
import type { TokenKeeper } from './secrets/token-keeper.ts'
import type { Checksums } from './transfer/checksums.ts'
import { soon } from './transfer/reach.ts'
import { AttemptRun } from './transfer/runner.ts'
import { storableText } from './transfer/storable.ts'

/** Figures are told at most this often: one commit and one NOTIFY for all attempts of this worker. */
const TICK_MS = 1000
/** Nobody keeps attempts from being started for longer. */
const HELD_MS = 3000
/** Deferred messages come due without a NOTIFY. */
const LOOK_EVERY_MS = 1000
/** After an answer was lost, until when the server may still have done what was asked: no longer than a lease. */
const DOUBT_MS = 10_000
/** Files in one report, about a second's work of the database: a longer one would outlast the lease it renews. */
const MOST_A_REPORT = 20_000
/** A worker that is told to stop says its ends for this long after its grace, then leaves them to the sweeper. */
const LAST_WORDS_MS = 2500
/**
 * A healthy rclone says its figures in a millisecond. One that hangs must not hold up what the others have to
 * say, or their leases run out: its report goes out with the figures it had.
 */
const FIGURES_WAIT_MS = 500
/** What a dead rclone left elsewhere is looked for by another, if there is one soon. */
const SPARE_SLOT_MS = 15_000

export type DispatcherOptions = {
  /** Most attempts at a time. */
  slots: number
  /** How long nothing may move in an attempt. */
  silenceMs: number
  /** Where attempts keep what cannot be told while the control plane is away. */
  spoolDir: string
  /** Opens what endpoints keep sealed. */
  opener: PlaceOpener
  keeper: TokenKeeper
  checksums: Checksums
}

/**
 * Takes attempts while slots are free, runs each on a slot of its own and tells the control plane how they do.
 * Woken by a NOTIFY or a tick; fetches until the queue is empty, and again after each end.
 */
export class Dispatcher {
  readonly #plane: ControlPlane
  readonly #pool: SlotPool
  readonly #options: DispatcherOptions
  readonly #runs = new Map<string, { run: AttemptRun; ended: Promise<void> }>()
  /** Their end is being told: by then a report has nothing to say of them. */
  readonly #over = new WeakSet<AttemptRun>()
  /** From when each lease counts at least: the moment before it was asked for. */
  readonly #renewed = new WeakMap<AttemptRun, number>()
  /**
   * Whether only workers of this machine could be given its attempts: they would end its rclones first. Else an
   * attempt ends when its lease does, for then another machine may begin it.
   */
  alone = false
  readonly #routes: Routes
  #telling = false
  readonly #timers: NodeJS.Timeout[] = []
  #pumping = false
  #lookAgain = false
  #reporting: Promise<void> | null = null
  #closing = false
  #held = 0
  #inDoubtUntil = 0
  #giveUpAt = Number.POSITIVE_INFINITY

  constructor(plane: ControlPlane, pool: SlotPool, options: DispatcherOptions) {
    this.#plane = plane
    this.#pool = pool
    this.#options = options
    this.#routes = new Routes(options.slots)
  }

  start(): void {
    this.#timers.push(setInterval(() => void this.report(), TICK_MS))
    this.#timers.push(setInterval(() => void this.pump(), LOOK_EVERY_MS))
    this.#timers.push(setInterval(() => this.#endLapsed(), TICK_MS))
    this.#timers.push(setInterval(() => void this.#tellHeld(), TICK_MS))
    // A worker before this one may have said so of any route.
    void this.#tellHeld('all')
    void this.pump()
  }

  /** Starts nothing until `over`, and waits HELD_MS at most: what is due at this moment has the machine to itself. */
  async hold(over: Promise<void>): Promise<void> {
    this.#held += 1
    await Promise.race([over, sleep(HELD_MS, undefined, { ref: false })])
    this.#held -= 1
    void this.pump()
  }

  get busy(): number {
    return this.#runs.size
  }

  /** Takes what is due, as many as there are free slots. A call made meanwhile makes it look once more. */
  async pump(): Promise<void> {
    this.#lookAgain = true
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false
        await this.#fetchUntilEmpty()
      }
    } catch (error) {
      this.#inDoubtUntil = performance.now() + DOUBT_MS
      log.warn({ err: messageOf(error) }, 'could not take attempts; trying again')
    } finally {
      this.#pumping = false
    }
  }

  async #fetchUntilEmpty(): Promise<void> {
    if (performance.now() < this.#inDoubtUntil) {
      const unknown = await this.#plane.giveBackUnknown([...this.#runs.keys()])
      if (unknown > 0) log.warn({ unknown }, 'gave back attempts that were taken without an answer')
    }
    for (;;) {
      const free = this.#options.slots - this.#runs.size
      if (this.#closing || this.#held > 0 || free <= 0) return
      const asked = performance.now()
      const { notOn, most } = this.#routes.claim
      const assignments = await this.#plane.claim(Math.min(free, most), notOn)
      if (assignments.length === 0) return
      for (const assignment of assignments) this.#begin(assignment, asked)
    }
  }

  /** Jobs that are passed over because an endpoint does not answer say so. */
  async #tellHeld(all?: 'all'): Promise<void> {
    if (this.#telling) return
    const { held } = this.#routes
    const freed = this.#routes.takeFreed()
    if (!all && held.length === 0 && freed.length === 0) return
    this.#telling = true
    try {
      await this.#plane.tellHeld({ held, freed: all ?? freed })
    } catch (error) {
      this.#routes.giveBackFreed(freed)
      log.warn({ err: messageOf(error) }, 'could not say which jobs wait for an endpoint; trying again')
    } finally {
      this.#telling = false
    }
  }

  #endLapsed(): void {
    if (this.alone) return
    const latest = performance.now() - LEASE_SECONDS * 1000
    for (const { run } of this.#runs.values()) {
      if (run.stopped !== 'cut off' && this.#renewed.get(run)! < latest) void run.stop('cut off')
    }
  }

  #begin(assignment: Assignment, asked: number): void {
    const run = new AttemptRun(assignment, { ...this.#options, plane: this.#plane }, () => void this.report())
    this.#renewed.set(run, asked)
    this.#routes.begins(assignment)
    const ended = this.#carryOut(run).finally(() => {
      run.buffer.close()
      this.#runs.delete(assignment.attemptId)
      void this.pump()
    })
    this.#runs.set(assignment.attemptId, { run, ended })
    if (this.#closing) void run.stop('shutdown')
  }

  async #carryOut(run: AttemptRun): Promise<void> {
    let slot: Slot
    try {
      slot = await this.#pool.acquire()
    } catch (error) {
      const message = storableText(`rclone could not be started: ${messageOf(error)}`)
      return this.#deliver(run, { kind: 'interrupted', cause: 'rclone_died', message })
    }
    const outcome = await run.run(slot).catch(bug)
    if (run.leftElsewhere) await this.#tidyUp(run, slot)
    // The slot is cleaned while the end is being written.
    const told = this.#deliver(run, outcome)
    const clean = await slot.reset(run.assignment.attemptId, told)
    await told
    this.#pool.release(slot, clean)
  }

  /** In the place of its own rclone, which is dead. Nobody waits long for it: all others may be busy. */
  async #tidyUp(run: AttemptRun, dead: Slot): Promise<void> {
    this.#pool.release(dead, false)
    const group = `tidy-${run.assignment.attemptId}`
    const acquired = this.#pool.acquire()
    const slot = await soon(acquired, SPARE_SLOT_MS)
    if (slot) {
      await run.tidyUp(slot)
      this.#pool.release(slot, await slot.reset(group))
    } else {
      acquired.then(
        (late) => this.#pool.release(late, true),
        () => {},
      )
    }
  }

  /** An end must arrive: while the control plane is away it is kept and said again. */
  async #deliver(run: AttemptRun, outcome: AttemptOutcome): Promise<void> {
    this.#over.add(run)
    this.#routes.ends(run.assignment.attemptId, outcome)
    await this.#reporting
    if (run.stopped === 'lost') return
    for (let wait = 200; ; wait = Math.min(wait * 2, 5000)) {
      const isAll = run.buffer.untold <= MOST_A_REPORT
      const report = run.buffer.take(MOST_A_REPORT)
      try {
        const isOurs = isAll
          ? await this.#plane.finish(report, outcome)
          : (await this.#plane.report([report])).length > 0
        if (isAll || !isOurs) return
        wait = 100
      } catch (error) {
        run.buffer.giveBack(report)
        log.warn(
          { attempt: report.attemptId, err: messageOf(error) },
          'could not write the end of an attempt yet',
        )
        if (performance.now() + wait > this.#giveUpAt) return
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  /** One tick: figures of all attempts out, verdicts in. One at a time; a call made meanwhile joins it. */
  report(): Promise<void> {
    this.#reporting ??= this.#reportAll()
      .finally(() => {
        this.#reporting = null
      })
      .then((more) => {
        if (more) void this.report()
      })
    return this.#reporting
  }

  /** Whether there is more to tell than one report holds. */
  async #reportAll(): Promise<boolean> {
    // From its claim on, or a lease would run out while a slow machine starts rclone.
    const runs = [...this.#runs.values()].map(({ run }) => run).filter((run) => !this.#over.has(run))
    if (runs.length === 0) return false
    await Promise.race([Promise.all(runs.map((run) => run.sample())), sleep(FIGURES_WAIT_MS)])
    const most = Math.ceil(MOST_A_REPORT / runs.length)
    const told = runs
      .filter((run) => !this.#over.has(run))
      .map((run) => ({ run, report: run.buffer.take(most) }))
    const asked = performance.now()
    const moved = told.filter(({ run, report: { figures } }) =>
      this.#routes.moves(run.assignment.attemptId, figures.bytes + figures.files + figures.unchangedFiles),
    )
    if (moved.length > 0) void this.pump()
    try {
      const verdicts = await this.#plane.report(told.map(({ report }) => report))
      for (const { run } of told) {
        const verdict = verdicts.find((one) => one.attemptId === run.assignment.attemptId)
        if (verdict) this.#renewed.set(run, asked)
        if (!verdict) void run.stop('lost')
        else if (verdict.stop) void run.stop(verdict.stop)
        else void run.limit(verdict.options.bandwidth)
      }
      return told.some(({ run }) => !this.#over.has(run) && run.buffer.untold >= most)
    } catch (error) {
      for (const { run, report } of told) run.buffer.giveBack(report)
      log.warn({ err: messageOf(error) }, 'could not report progress; it is kept')
      return false
    }
  }

  /** Takes nothing more; lets what runs end within `graceMs`, then hands the rest over. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    this.#giveUpAt = performance.now() + graceMs + LAST_WORDS_MS
    const all = () => Promise.all([...this.#runs.values()].map(({ ended }) => ended))
    const grace = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), graceMs))
    if ((await Promise.race([all(), grace])) === 'late') {
      await Promise.all([...this.#runs.values()].map(({ run }) => run.stop('shutdown')))
      await all()
    }
    for (const timer of this.#timers) clearInterval(timer)
  }
}

function bug(error: unknown): AttemptOutcome {
  log.error({ err: error }, 'an attempt ended in a bug')
  return { kind: 'failed', cause: 'unknown', message: "File Orbit failed inside; the worker's log has more." }
}
