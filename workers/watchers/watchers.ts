import type { Context } from '#lib/context.ts'
import { findWatches, type Watch } from '#lib/watches/find-watches.ts'
import type { Term } from '../leader.ts'
import { FolderWatch } from './folder-watch.ts'
import { InStep } from './in-step.ts'
import { isStormy } from './storm.ts'

const STORM_EVERY_MS = 1000
/** While a storm of hints goes on, everything is looked at so often nevertheless. */
const STORM_MOST_MS = 15_000

/** Keeps one watch for each trigger that asks for one, while this worker leads. */
export class Watchers {
  readonly #ctx: Context
  readonly #watches = new Map<string, FolderWatch>()
  readonly #inStep = new InStep('watches')

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Triggers were changed. */
  look(): void {
    this.#inStep.look()
  }

  /** From the election to its end. */
  async lead(term: Term): Promise<void> {
    const storm = this.#watchStorms()
    await this.#inStep.run(term, () => this.#follow(term))
    clearInterval(storm)
    await Promise.all([...this.#watches.values()].map((watch) => watch.close()))
    this.#watches.clear()
  }

  /** Those that did not change are left alone. */
  async #follow(term: Term): Promise<void> {
    const wanted = new Map((await findWatches({ ctx: this.#ctx })).map((watch) => [watch.triggerId, watch]))
    for (const [id, running] of this.#watches) {
      const watch = wanted.get(id)
      if (watch && isSame(watch, running.watch)) continue
      this.#watches.delete(id)
      await running.close()
    }
    if (term.signal.aborted) return
    for (const [id, watch] of wanted) {
      if (this.#watches.has(id)) continue
      const started = new FolderWatch(watch, this.#ctx.db, term)
      this.#watches.set(id, started)
      started.start()
    }
  }

  /**
   * The kernel keeps 16,384 hints for all watches of a process and drops the others, which Node does not tell: after a
   * storm everything is looked at.
   */
  #watchStorms(): NodeJS.Timeout {
    let since = 0
    return setInterval(() => {
      const now = performance.now()
      const stormy = isStormy()
      if (stormy && since === 0) since = now
      if (since === 0 || (stormy && now - since < STORM_MOST_MS)) return
      since = 0
      for (const watch of this.#watches.values()) watch.lookAtAll()
    }, STORM_EVERY_MS)
  }
}

function isSame(a: Watch, b: Watch): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
