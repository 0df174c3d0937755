import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { findWaiting, gatherEvents } from '#lib/events/gather-events.ts'
import { parsePending } from '#lib/live/channel.ts'
import { log } from '#lib/log.ts'

/** A notice may get lost, and a worker may die between an event and its job: what waits is looked for as well. */
const LOOK_EVERY_MS = 3_000

/**
 * Makes jobs of events that wait, each template's after its own window. Every worker does so; a lock on the template
 * lets one at a time, and who comes second finds nothing left.
 */
export class Gatherer {
  readonly #ctx: Context
  readonly #windows = new Map<string, NodeJS.Timeout>()
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS)
    void this.look()
  }

  /** Events of a template wait, as recordEvents tells it. */
  heard(payload: string): void {
    const pending = parsePending(payload)
    if (pending) this.#wait(pending.templateId, pending.windowMs)
  }

  /** Finds what waits for whatever reason. */
  async look(): Promise<void> {
    try {
      for (const { templateId, windowMs } of await findWaiting(this.#ctx.db)) this.#wait(templateId, windowMs)
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not look for events')
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    for (const timer of this.#windows.values()) clearTimeout(timer)
    await Promise.all(this.#running)
  }

  /** The window begins with its first event: a steady stream must not keep its first file for ever. */
  #wait(templateId: string, windowMs: number): void {
    if (this.#closed || this.#windows.has(templateId)) return
    const timer = setTimeout(() => {
      this.#windows.delete(templateId)
      const running = this.#gather(templateId).finally(() => this.#running.delete(running))
      this.#running.add(running)
    }, windowMs)
    this.#windows.set(templateId, timer)
  }

  async #gather(templateId: string): Promise<void> {
    try {
      // Until nothing is left: more than one job may be needed for what came.
      while ((await gatherEvents({ ctx: this.#ctx, templateId })) > 0 && !this.#closed) {}
    } catch (error) {
      log.warn({ templateId, err: messageOf(error) }, 'could not make a job of events')
    }
  }
}
