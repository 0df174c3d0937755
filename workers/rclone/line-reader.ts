const NEWLINE = 10

/**
 * Cuts a stream of bytes into lines. A line above `maxBytes` is cut there and marked, so that a broken child
 * cannot fill our memory; bytes that are not UTF-8 become U+FFFD.
 */
export class LineReader {
  readonly #onLine: (line: string) => void
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #size = 0
  #overflowed = false

  constructor(onLine: (line: string) => void, maxBytes = 64 * 1024) {
    this.#onLine = onLine
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      this.#flush()
      start = end + 1
    }
    // Node may hand out slices of one large pool: keeping a copy lets the pool go.
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)))
  }

  /** The stream has ended: what is left is a line without its newline. */
  end(): void {
    if (this.#size > 0) this.#flush()
  }

  #keep(part: Buffer): void {
    const room = this.#maxBytes - this.#size
    if (part.length > room) this.#overflowed = true
    const kept = part.subarray(0, room)
    this.#parts.push(kept)
    this.#size += kept.length
  }

  #flush(): void {
    const line = Buffer.concat(this.#parts, this.#size).toString('utf8')
    const mark = this.#overflowed ? ' … (line cut)' : ''
    this.#parts = []
    this.#size = 0
    this.#overflowed = false
    if (line !== '') this.#onLine(line + mark)
  }
}
