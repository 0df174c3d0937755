import type { Sql } from '#lib/db/client.ts'
import { type Channel, channels, type Payloads } from './channel.ts'

type Heard<C extends Channel = Channel> = (payload: Payloads[C]) => void

const RESYNC_AFTER_MS = 100

/**
 * One LISTEN connection for a whole process. A lost connection is taken up again by itself, and whoever
 * listens is then told `resync`: what was said meanwhile is gone, so the rows must be read again.
 */
export class LiveHub {
  readonly #sql: Sql
  readonly #heard = new Map<Channel, Set<Heard>>()
  readonly #resync = new Set<() => void>()
  #resyncing: NodeJS.Timeout | null = null
  #started: Promise<void> | null = null

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Listens on every channel; resolves when the server has confirmed. */
  start(): Promise<void> {
    this.#started ??= this.#listen().catch((error: unknown) => {
      this.#started = null
      throw error
    })
    return this.#started
  }

  async #listen(): Promise<void> {
    for (const channel of Object.keys(channels) as Channel[]) await this.#listenOn(channel)
  }

  /**
   * When PostgreSQL restarts before it has confirmed, postgres.js listens anew and says so to `onlisten`, but the
   * promise of the first try never settles (3.4.9): so the callback counts.
   */
  #listenOn(channel: Channel): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const hear = (payload: string) => {
      for (const heard of this.#heard.get(channel) ?? []) heard(payload as Payloads[Channel])
    }
    let first = true
    const onListen = () => {
      if (!first) this.#resyncSoon()
      first = false
      resolve()
    }
    this.#sql.listen(channels[channel], hear, onListen).catch(reject)
    return promise
  }

  /**
   * Once for all channels, when all are heard again. After a long absence the driver says of each channel many
   * times over that it is: once for every time that it tried in vain.
   */
  #resyncSoon(): void {
    this.#resyncing ??= setTimeout(() => {
      this.#resyncing = null
      for (const resync of this.#resync) resync()
    }, RESYNC_AFTER_MS)
  }

  /** Calls `heard` for each notice on the channel, and `resync` after a gap. Returns how to stop. */
  on<C extends Channel>(channel: C, heard: Heard<C>, resync?: () => void): () => void {
    const listeners = this.#heard.get(channel) ?? new Set()
    this.#heard.set(channel, listeners.add(heard as Heard))
    if (resync) this.#resync.add(resync)
    return () => {
      listeners.delete(heard as Heard)
      if (resync) this.#resync.delete(resync)
    }
  }

  /** Resolves when `payload` is heard or the time is up: the caller reads the row either way. */
  async waitFor<C extends Channel>(channel: C, payload: Payloads[C], timeoutMs: number): Promise<void> {
    await this.start()
    const { promise, resolve } = Promise.withResolvers<void>()
    const off = this.on(channel, (heard) => {
      if (heard === payload) resolve()
    })
    const timer = setTimeout(resolve, timeoutMs)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      off()
    }
  }
}
