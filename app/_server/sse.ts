/** Proxies cut a silent connection after 30 to 60 s. */
const BEAT_EVERY_MS = 15_000
/** An event and no comment: EventSource hides comments, and a page tells "late" from "quiet" by it. */
const BEAT = 'event: beat\ndata: {}\n\n'
/** A client that has taken nothing for this long is dropped: what it is owed would pile up in memory. */
const STUCK_AFTER_MS = 30_000
const QUEUE_BYTES = 256 * 1024

/** One open event stream: bounded, checked again while it is open, closed once however it ends. */
export class SseClient {
  readonly stream: ReadableStream<Uint8Array>
  readonly #encoder = new TextEncoder()
  readonly #closers: (() => void)[] = []
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #closed = false
  #fullSince: number | null = null

  constructor(options: { signal: AbortSignal; stillAllowed(): Promise<boolean> }) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        cancel: () => this.close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES }),
    )
    const timer = setInterval(() => void this.#tick(options.stillAllowed), BEAT_EVERY_MS)
    this.#closers.push(() => clearInterval(timer))
    options.signal.addEventListener('abort', () => this.close(), { once: true })
    this.send(': open\n\n')
  }

  onClose(closer: () => void): void {
    this.#closers.push(closer)
  }

  /** Queues an event. A client whose queue is full misses it; if it stays full the client is dropped and reconnects. */
  send(text: string): void {
    if (this.#closed) return
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.#fullSince ??= Date.now()
      // Progress may be missed, a state may not: a fresh connection begins with a snapshot.
      if (text.includes('event: job') || Date.now() - this.#fullSince > STUCK_AFTER_MS) this.close()
      return
    }
    this.#fullSince = null
    this.#controller.enqueue(this.#encoder.encode(text))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const closer of this.#closers) closer()
    try {
      this.#controller.close()
    } catch {
      // The other end closed it first.
    }
  }

  async #tick(stillAllowed: () => Promise<boolean>): Promise<void> {
    this.send(BEAT)
    // A revoked sign-in must not listen on for the life of a connection.
    // An unreachable database is no reason to send people away; the next check decides.
    if (!(await stillAllowed().catch(() => true))) this.close()
  }
}
