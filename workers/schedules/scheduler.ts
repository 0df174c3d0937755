import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { releaseWaiting } from '#lib/schedules/release-waiting.ts'

/** Firings are due at whole seconds; a little after, so that the database's clock has got there too. */
const AFTER_THE_SECOND_MS = 5
/**
 * Messages of one transaction. More: those of one batch become visible later, and a worker that dies does them again;
 * fewer: ten thousand that are due at once take longer.
 */
const A_BATCH = 500
/**
 * Two transactions at a time, so that this process thinks while the database writes. As many connections of their own: each
 * that takes its turn has all statements to plan, and all pages to map, which took a fifth of the database's time.
 */
export const LANES = 2
/** A notice of an ended run may get lost. */
const RELEASE_EVERY_MS = 5000

/** Fires what is due, at each whole second. Every worker does so; each message is given to one of them. */
export class Scheduler {
  readonly #ctx: Context
  readonly #onBurst: (over: Promise<void>) => void
  readonly #running = new Set<Promise<void>>()
  readonly #pump = oneAtATime(() => this.#fire())
  readonly #release = oneAtATime(() => this.#releaseAll())
  #timers: (NodeJS.Timeout | undefined)[] = []
  #closed = false

  /** `onBurst` is told when more is due than one transaction takes, and when that is over. */
  constructor(ctx: Context, onBurst: (over: Promise<void>) => void) {
    this.#ctx = ctx
    this.#onBurst = onBurst
  }

  start(): void {
    this.#tick()
    this.#timers[1] = setInterval(() => this.release(), RELEASE_EVERY_MS)
    this.look()
    this.release()
  }

  /** A schedule was changed. */
  look(): void {
    this.#run(this.#pump)
  }

  /** A run of a schedule has ended: another may have waited for it. */
  release(): void {
    this.#run(this.#release)
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
      this.look()
    }, untilSecond + AFTER_THE_SECOND_MS)
  }

  /** Until nothing more is due. */
  async #fire(): Promise<void> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    let isBurst = false
    // Before the first jobs are there: what had started by then would run beside all the others.
    const onTaken = (count: number) => {
      if (count < A_BATCH || isBurst) return
      isBurst = true
      this.#onBurst(over)
    }
    const drain = async () => {
      for (let fired = -1; fired !== 0 && !this.#closed; ) {
        fired = await fireSchedules({ ctx: this.#ctx, most: A_BATCH, onTaken })
      }
    }
    try {
      await Promise.all(Array.from({ length: LANES }, drain))
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not fire schedules; trying again')
    } finally {
      end()
    }
  }

  async #releaseAll(): Promise<void> {
    try {
      while (!this.#closed && (await releaseWaiting({ ctx: this.#ctx })) > 0) {}
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not release waiting runs')
    }
  }

  #run(work: () => Promise<void>): void {
    if (this.#closed) return
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }
}

/** What is asked for while it is being done is done once more, however often it was asked for. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isWanted = false
  let isBusy = false
  return async () => {
    isWanted = true
    if (isBusy) return
    isBusy = true
    while (isWanted) {
      isWanted = false
      await work()
    }
    isBusy = false
  }
}
