/** How long a sign-in that has ended may still listen. */
const CHECK_EVERY_MS = 15_000
/** A client that has taken nothing for this long is dropped: what it is owed would pile up in memory. */
const STUCK_AFTER_MS = 30_000
const QUEUE_BYTES = 256 * 1024
/** A long text is queued in parts: only so can one see whether a slow client takes any of it. */
const PART_BYTES = 32 * 1024

/** One open event stream: bounded, checked again while it is open, closed once however it ends. */
export class SseClient {
  readonly stream: ReadableStream<Uint8Array>
  readonly #encoder = new TextEncoder()
  readonly #closers: (() => void)[] = []
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #closed = false
  /** How much was queued beyond what it may hold when this was last looked at, and since when none of that went. */
  #full: { room: number; since: number } | null = null
  #onRoom: () => void = () => {}

  constructor(options: { signal: AbortSignal; stillAllowed(): Promise<boolean> }) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#onRoom(),
        cancel: () => this.close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES }),
    )
    const timer = setInterval(() => void this.#check(options.stillAllowed), CHECK_EVERY_MS)
    this.#closers.push(() => clearInterval(timer))
    options.signal.addEventListener('abort', () => this.close(), { once: true })
    this.send(': open\n\n')
  }

  onClose(closer: () => void): void {
    this.#closers.push(closer)
  }

  /** Calls back whenever the client has taken something and there is room for more. */
  onRoom(onRoom: () => void): void {
    this.#onRoom = onRoom
  }

  /**
   * Queues an event, of any length where there is any room: a snapshot may be larger than the queue. False for a
   * client whose queue is full: it misses the event. One that takes nothing for long is dropped.
   */
  send(text: string): boolean {
    if (this.#closed) return true
    const room = this.#controller.desiredSize ?? 0
    if (room <= 0) {
      const now = performance.now()
      if (!this.#full || room > this.#full.room) this.#full = { room, since: now }
      else if (now - this.#full.since > STUCK_AFTER_MS) this.close()
      return false
    }
    this.#full = null
    const bytes = this.#encoder.encode(text)
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      this.#controller.enqueue(bytes.subarray(at, at + PART_BYTES))
    }
    return true
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

  async #check(stillAllowed: () => Promise<boolean>): Promise<void> {
    // A revoked sign-in must not listen on for the life of a connection.
    // An unreachable database is no reason to send people away; the next check decides.
    if (!(await stillAllowed().catch(() => true))) this.close()
  }
}
