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
    if (start < chunk.length) this.#keep(chunk.subarray(start), true)
  }

  /** The stream has ended: what is left is a line without its newline. */
  end(): void {
    if (this.#size > 0) this.#flush()
  }

  /** `longer`: the chunk's memory is used again before the line ends, so a copy is kept. */
  #keep(part: Buffer, longer = false): void {
    const room = this.#maxBytes - this.#size
    if (part.length > room) this.#overflowed = true
    // Also an empty slice holds its whole chunk: of a line of 100 MB all would stay in memory.
    if (room === 0 || part.length === 0) return
    const kept = part.subarray(0, room)
    this.#parts.push(longer ? Buffer.from(kept) : kept)
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
