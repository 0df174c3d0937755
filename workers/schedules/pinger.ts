import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { endPing, type Ping, takePings } from '#lib/schedules/pings.ts'
import { callUrl } from './call-url.ts'

/** A notice may get lost, and back-offs end without one. */
const LOOK_EVERY_MS = 2000
/** Calls at a time: each holds a socket for ten seconds at most. */
const AT_ONCE = 20

/** Calls the ping URLs of schedules after their firings, so that somebody outside notices when none comes. */
export class Pinger {
  readonly #ctx: Context
  readonly #calls = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | null = null
  #closed = false

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.look()
  }

  /** Takes what is due, as many as there is room for. */
  look(): void {
    if (this.#closed) return
    this.#looking ??= this.#take().finally(() => {
      this.#looking = null
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#looking
    await Promise.all(this.#calls)
  }

  async #take(): Promise<void> {
    const room = AT_ONCE - this.#calls.size
    if (room <= 0) return
    try {
      for (const ping of await takePings({ ctx: this.#ctx, count: room })) {
        const call = this.#call(ping).finally(() => {
          this.#calls.delete(call)
          if (this.#calls.size === 0) this.look()
        })
        this.#calls.add(call)
      }
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not look for ping URLs to call')
    }
  }

  async #call(ping: Ping): Promise<void> {
    const outcome = await callUrl(ping.url, ping.body)
    try {
      await endPing({ ctx: this.#ctx, ping, outcome })
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not write what came of a ping')
    }
  }
}
