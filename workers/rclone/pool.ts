import { Slot, type SlotExit } from './slot.ts'
import { removeLeftovers } from './slot-folder.ts'

export type PoolOptions = {
  /** Path of the rclone binary. */
  rclone: string
  /** Most slots at a time. */
  size: number
  runtimeDir: string
  /** A slot ended that nobody had told to. */
  onCrash?: (exit: SlotExit, slot: Slot) => void
  /** A slot more is in `slots`. */
  onStarted?: () => void
}

/** An idle slot that ends this soon would end again: the next attempt starts one, and says what is wrong. */
const SOON_MS = 5_000

/** The warm rclone daemons of one agent, each for one attempt at a time, and one ahead of demand. */
export class SlotPool {
  readonly #options: PoolOptions
  readonly #idle: Slot[] = []
  readonly #busy = new Set<Slot>()
  readonly #starting = new Set<Promise<Slot>>()
  readonly #waiting: PromiseWithResolvers<Slot>[] = []
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** The slots that live. */
  get slots(): Slot[] {
    return [...this.#idle, ...this.#busy].filter((slot) => slot.alive)
  }

  /** How many attempts may begin now. */
  get free(): number {
    return this.#closed ? 0 : Math.max(0, this.#options.size - this.#busy.size - this.#waiting.length)
  }

  /** Clears what a killed agent left behind and warms one slot. Rejects with rclone's words if it does not start. */
  async start(): Promise<void> {
    await removeLeftovers(this.#options.runtimeDir)
    await this.#startOne()
  }

  /** A slot that is alive; waits for one where all are busy. Give it back with `release`. */
  acquire(): Promise<Slot> {
    if (this.#closed) return Promise.reject(new Error('The pool is closed'))
    const waiter = Promise.withResolvers<Slot>()
    this.#waiting.push(waiter)
    this.#serve()
    return waiter.promise
  }

  /** After an attempt: `fit` is what `slot.reset` said. An unfit slot is ended and replaced. */
  release(slot: Slot, fit: boolean): void {
    if (!this.#busy.delete(slot)) return
    if (fit && !slot.worn && !this.#closed) this.#idle.push(slot)
    else void slot.close()
    this.#serve()
  }

  /** Ends all, those at work too. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) waiter.reject(new Error('The pool is closed'))
    const started = await Promise.allSettled(this.#starting)
    const late = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await Promise.all([...new Set([...this.#idle, ...this.#busy, ...late])].map((slot) => slot.close()))
  }

  /** Hands out what is there, and starts what is missing: one for each who waits, and one ahead. */
  #serve(): void {
    if (this.#closed) return
    while (this.#waiting.length > 0) {
      const slot = this.#idle.pop()
      if (!slot) break
      if (!slot.alive) continue
      this.#busy.add(slot)
      this.#waiting.shift()!.resolve(slot)
    }
    const total = this.#idle.length + this.#busy.size + this.#starting.size
    const missing = this.#waiting.length + 1 - this.#idle.length - this.#starting.size
    for (let n = Math.min(missing, this.#options.size - total); n > 0; n -= 1) {
      this.#startOne().catch((error) => {
        // Not tried again by itself, or a broken rclone would be started without end: whoever waits is told
        // why, and the next one who asks has it tried again.
        this.#waiting.shift()?.reject(error)
        if (this.#waiting.length > 0) this.#serve()
      })
    }
  }

  async #startOne(): Promise<void> {
    const since = performance.now()
    const starting = Slot.start(this.#options)
    this.#starting.add(starting)
    try {
      const slot = await starting
      void slot.exited.then((exit) => this.#onExit(slot, exit, performance.now() - since))
      this.#idle.push(slot)
      this.#options.onStarted?.()
    } finally {
      this.#starting.delete(starting)
    }
    this.#serve()
  }

  #onExit(slot: Slot, exit: SlotExit, livedMs: number): void {
    if (exit.cause === 'crashed') this.#options.onCrash?.(exit, slot)
    const index = this.#idle.indexOf(slot)
    if (index === -1) return
    this.#idle.splice(index, 1)
    if (livedMs > SOON_MS) this.#serve()
  }
}
