import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import {
  endTidying,
  holdTidying,
  TIDY_HELD_SECONDS,
  type Tidied,
  type Tidying,
  takeTidying,
} from '#lib/jobs/tidy-jobs.ts'
import { log } from '#lib/log.ts'
import { whyHostClosed } from '../endpoints/closed-hosts.ts'
import { Slot, type SlotOptions } from '../rclone/slot.ts'
import type { PlaceOpener } from '../secrets/place-opener.ts'
import { redactor } from '../secrets/redactor.ts'
import type { OpenedToken, TokenKeeper } from '../secrets/token-keeper.ts'
import { tidyUpOnly } from '../transfer/checks.ts'
import { storageError } from '../transfer/endings.ts'
import type { Swept } from '../transfer/leftovers.ts'
import type { Step } from '../transfer/reach.ts'

/** A notice may get lost, and what could not be done comes due without one. */
const LOOK_EVERY_MS = 5000
const HOLD_EVERY_MS = 1000
const TOKENS_EVERY_MS = 1000
/** With nothing listed, found or deleted for as long, the storage is taken to be away. */
const SILENT_MS = 60_000

type Parts = SlotOptions & { opener: PlaceOpener; keeper: TokenKeeper }
type Held = { step: Step; signal: AbortSignal }

const SILENT: Tidied = { removed: 0, later: 'The storage did not answer.' }
/** The job is somebody else's to look after. */
const GONE = 'gone'

/**
 * Removes the partial files of lost attempts where no next attempt does: their jobs were cancelled, paused or have
 * failed. One job at a time, on an rclone of its own: attempts keep their slots.
 */
export class Tidier {
  readonly #ctx: Context
  readonly #parts: Parts
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | null = null
  #lookAgain = false

  constructor(ctx: Context, parts: Parts) {
    this.#ctx = ctx
    this.#parts = parts
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.look()
  }

  /** Takes what is due, one after the other. A call made meanwhile makes it look once more. */
  look(): void {
    this.#lookAgain = true
    this.#working ??= this.#takeAll()
      .catch((error: unknown) => log.warn({ err: messageOf(error) }, 'could not look for partial files'))
      .finally(() => {
        this.#working = null
      })
  }

  /** What is under way is given up; another worker takes it when its hold has run out. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    await this.#working
  }

  async #takeAll(): Promise<void> {
    while (this.#lookAgain && !this.#closing.signal.aborted) {
      this.#lookAgain = false
      const tidying = await takeTidying({ ctx: this.#ctx })
      if (!tidying) continue
      this.#lookAgain = true
      await this.#holding(tidying)
    }
  }

  /** Works only while this worker is known to hold it: another may be at it else, or an attempt of the job. */
  async #holding(taken: Tidying): Promise<void> {
    let tidying = taken
    let movedAt = performance.now()
    let until = movedAt + TIDY_HELD_SECONDS * 1000
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#closing.signal])
    const renew = async () => {
      const asked = performance.now()
      const still = await holdTidying({ ctx: this.#ctx, tidying })
      if (!still) return over.abort(GONE)
      tidying = still
      until = asked + TIDY_HELD_SECONDS * 1000
    }
    let renewing: Promise<void> | null = null
    const watch = setInterval(() => {
      if (performance.now() > until) over.abort(GONE)
      if (performance.now() - movedAt > SILENT_MS) over.abort(SILENT)
      renewing ??= renew()
        // While the database is away it is held for as long as was said.
        .catch(() => {})
        .finally(() => {
          renewing = null
        })
    }, HOLD_EVERY_MS)
    const step = () => {
      // Not only by the timer: this process may have been frozen.
      if (performance.now() > until) over.abort(GONE)
      signal.throwIfAborted()
      movedAt = performance.now()
    }
    try {
      const tidied = await this.#tidyUp(tidying.assignment, { step, signal }).catch(bug)
      clearInterval(watch)
      await renewing
      if (tidied) await endTidying({ ctx: this.#ctx, tidying, tidied })
    } finally {
      clearInterval(watch)
    }
  }

  /** Null where it was given up and nobody is to hear of it. */
  async #tidyUp(assignment: Assignment, { step, signal }: Held): Promise<Tidied | null> {
    const { rclone, runtimeDir, keeper } = this.#parts
    const { promise: givenUp, resolve } = Promise.withResolvers<Tidied | null>()
    const giveUp = () => resolve(signal.reason === SILENT ? SILENT : null)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) return null
    const slot = await Slot.start({ rclone, runtimeDir })
    const tokens: OpenedToken[] = []
    const sweeping = this.#sweep(slot, assignment, step, tokens)
    // As an attempt does: a token that was renewed is not lost with this process, and others need not wait for it.
    let looking: Promise<void> | null = null
    const look = setInterval(() => {
      looking ??= keeper.look(slot, tokens).finally(() => {
        looking = null
      })
    }, TOKENS_EVERY_MS)
    try {
      return await Promise.race([givenUp, sweeping.catch((error) => (signal.aborted ? null : bug(error)))])
    } finally {
      clearInterval(look)
      await looking
      await keeper.end(slot, tokens)
      await slot.close()
      // What it still opened would else be held by a slot that is no more.
      void sweeping.catch(() => {}).then(() => keeper.end(slot, []))
    }
  }

  async #sweep(slot: Slot, assignment: Assignment, step: Step, tokens: OpenedToken[]): Promise<Tidied> {
    const { opener } = this.#parts
    const { source, destination } = assignment
    let redact = (text: string) => text
    const failed = (outcome: AttemptOutcome): Tidied => {
      return { removed: 0, later: 'message' in outcome ? redact(outcome.message) : null }
    }
    try {
      if (source.deleted || destination.deleted) return { removed: 0, later: 'An endpoint was deleted.' }
      const closed = (await whyHostClosed(source)) ?? (await whyHostClosed(destination))
      if (closed) return { removed: 0, later: closed }
      const from = await opener.open(slot, source)
      tokens.push(...from.tokens)
      const to = await opener.open(slot, destination)
      tokens.push(...to.tokens)
      redact = redactor([...from.secrets, ...to.secrets])
      step()
      const swept = await tidyUpOnly({ slot, assignment, from, to, step, note: () => {} })
      return swept && 'kind' in swept ? failed(swept) : tidiedBy(swept)
    } catch (error) {
      return failed(storageError(error))
    }
  }
}

function bug(error: unknown): Tidied {
  log.error({ err: error }, 'a look for partial files ended in a bug')
  return { removed: 0, later: "File Orbit failed inside; the worker's log has more." }
}

function tidiedBy(swept: Swept | null): Tidied {
  if (!swept)
    return { removed: 0, later: 'The destination did not answer, or would not let them be deleted.' }
  const { removed, moving } = swept
  return { removed, later: moving > 0 ? `${moving} of them are still being written.` : null }
}
