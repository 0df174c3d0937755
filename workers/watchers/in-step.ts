import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import type { Term } from '../leader.ts'

/** A notice may get lost; an endpoint or the allowed folders may change without one. */
const LOOK_EVERY_MS = 10_000

/** Keeps what a leader runs in step with what the database asks for. */
export class InStep {
  readonly #what: string
  #wake: () => void = () => {}
  #wanted = false

  constructor(what: string) {
    this.#what = what
  }

  /** Something was changed. */
  look(): void {
    this.#wanted = true
    this.#wake()
  }

  /** Calls `follow` at once, whenever something was changed and every few seconds, one at a time, until the term ends. */
  async run(term: Term, follow: () => Promise<void>): Promise<void> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    term.signal.addEventListener('abort', () => end(), { once: true })
    if (term.signal.aborted) return
    this.#wanted = true
    const slow = setInterval(() => this.look(), LOOK_EVERY_MS)
    while (!term.signal.aborted) {
      if (this.#wanted) {
        this.#wanted = false
        await follow().catch((error: unknown) => {
          this.#wanted = true
          log.warn({ err: messageOf(error) }, `could not read ${this.#what}`)
          return sleep(1000)
        })
      }
      if (!this.#wanted) await Promise.race([over, new Promise<void>((resolve) => (this.#wake = resolve))])
    }
    this.#wake = () => {}
    clearInterval(slow)
  }
}
