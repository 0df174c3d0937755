import { Worker } from 'node:worker_threads'
import { log } from '#lib/log.ts'
import type { Added, Asked, Cut, FromThread } from './listing-messages.ts'

/** The thread ends rather than take more; 400,000 entries took 190 MB (measured). */
const MOST_MEMORY_MB = 768

type Waiting = { resolve: (value: FromThread['value']) => void; reject: (error: Error) => void }

/** The thread that holds listings, started when the first is made. What it held is gone when it ends. */
export class ListingStore {
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | null = null
  #calls = 0

  add(asked: Omit<Extract<Asked, { do: 'add' }>, 'do'>): Promise<Added> {
    return this.#ask({ do: 'add', ...asked }, [asked.raw.buffer as ArrayBuffer]) as Promise<Added>
  }

  window(asked: Omit<Extract<Asked, { do: 'window' }>, 'do'>): Promise<Cut> {
    return this.#ask({ do: 'window', ...asked }) as Promise<Cut>
  }

  async drop(listing: string): Promise<void> {
    if (this.#thread) await this.#ask({ do: 'drop', listing }).catch(() => {})
  }

  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #ask(asked: Asked, transfer: ArrayBuffer[] = []): Promise<FromThread['value']> {
    this.#thread ??= this.#start()
    const { promise, resolve, reject } = Promise.withResolvers<FromThread['value']>()
    const call = ++this.#calls
    this.#waiting.set(call, { resolve, reject })
    this.#thread.postMessage({ call, ...asked }, transfer)
    return promise
  }

  #start(): Worker {
    const thread = new Worker(new URL('./listing-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    })
    thread.unref()
    thread.on('message', ({ call, value, failed }: FromThread) => {
      const waiting = this.#waiting.get(call)
      this.#waiting.delete(call)
      if (failed === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(failed))
    })
    const end = (error: Error) => {
      if (this.#thread === thread) this.#thread = null
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
    thread.on('error', (error) => {
      log.warn({ err: error.message }, 'the thread of listings ended')
      end(new Error('The folder has too many entries to be held.'))
    })
    thread.on('exit', () => end(new Error('The worker is stopping.')))
    return thread
  }
}
