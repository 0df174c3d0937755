import type { Watch } from '#lib/watches/find-watches.ts'
import { type Health, saveHealth } from '#lib/watches/watch-state.ts'
import type { Term } from '../leader.ts'

/** A file system that answers nothing for so long hangs: a person should know. */
const HANGS_MS = 20_000

/** Says how a watch is, each time that it is otherwise than before, and when its file system hangs. */
export class WatchReport {
  readonly #watch: Watch
  readonly #term: Term
  #told = ''
  #progressAt = performance.now()
  #watchdog: NodeJS.Timeout | undefined

  constructor(watch: Watch, term: Term) {
    this.#watch = watch
    this.#term = term
  }

  start(): void {
    this.#watchdog = setInterval(() => {
      if (performance.now() - this.#progressAt < HANGS_MS) return
      const message = `${this.#watch.base} does not answer: its file system hangs.`
      void this.say('fail', message).catch(() => {})
    }, HANGS_MS / 4)
  }

  close(): void {
    clearInterval(this.#watchdog)
  }

  /** It works, and has just come on. */
  progress(): void {
    this.#progressAt = performance.now()
  }

  /** It has nothing to do until it says `progress` again. */
  rest(): void {
    this.#progressAt = Number.POSITIVE_INFINITY
  }

  async say(state: Health['state'], message: string): Promise<void> {
    const text = `${state} ${message}`
    if (text === this.#told) return
    await this.#term.transaction((tx) => saveHealth(tx, this.#watch.triggerId, { state, message }))
    this.#told = text
  }
}
