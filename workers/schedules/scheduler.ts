import type { Context } from '#lib/context.ts'
import { log } from '#lib/log.ts'
import { fireSchedules } from '#lib/triggers/fire-schedules.ts'
import { releaseWaiting } from '#lib/triggers/release-waiting.ts'

/** Firings are due at whole seconds; a little after, so that the database's clock has got there too. */
const AFTER_THE_SECOND_MS = 5
/**
 * Messages of one transaction. More: those of one batch become visible later, and a worker that dies does them again;
 * fewer: ten thousand that are due at once take longer.
 */
const A_BATCH = 500
/** Two transactions at a time, so that this process thinks while the database writes. */
const LANES = 2
/** A notice of an ended run may get lost. */
const RELEASE_EVERY_MS = 5000

/** Fires what is due, at each whole second. Every worker does so; each message is given to one of them. */
export class Scheduler {
  readonly #ctx: Context
  readonly #running = new Set<Promise<void>>()
  #timers: (NodeJS.Timeout | undefined)[] = []
  #again = false
  #pumping = false
  #closed = false

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  start(): void {
    this.#tick()
    this.#timers[1] = setInterval(() => this.#run(() => this.#release()), RELEASE_EVERY_MS)
    this.look()
  }

  /** Something has changed: a schedule, or a run of one has ended. */
  look(): void {
    if (this.#closed) return
    this.#run(() => this.pump())
    this.#run(() => this.#release())
  }

  /** Fires until nothing more is due. A call made meanwhile makes it look once more. */
  async pump(): Promise<void> {
    this.#again = true
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#again && !this.#closed) {
        this.#again = false
        await Promise.all(Array.from({ length: LANES }, () => this.#drain()))
      }
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not fire schedules; trying again')
    } finally {
      this.#pumping = false
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timers[0])
    clearInterval(this.#timers[1])
    await Promise.all(this.#running)
  }

  #tick(): void {
    const untilSecond = 1000 - (Date.now() % 1000)
    this.#timers[0] = setTimeout(() => {
      this.#tick()
      this.#run(() => this.pump())
    }, untilSecond + AFTER_THE_SECOND_MS)
  }

  async #drain(): Promise<void> {
    while (!this.#closed && (await fireSchedules({ ctx: this.#ctx, most: A_BATCH })) > 0) {}
  }

  async #release(): Promise<void> {
    try {
      while (!this.#closed && (await releaseWaiting({ ctx: this.#ctx })) > 0) {}
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not release waiting runs')
    }
  }

  #run(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
