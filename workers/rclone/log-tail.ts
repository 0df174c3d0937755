import { spawn } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LineReader } from './line-reader.ts'

/** How often what was written is read while somebody listens; results of files show up this much later. */
const EVERY_MS = 100
const CHUNK = 64 * 1024
/** Read in one turn; then others get theirs. 1 MiB is about 4,000 files and 10 ms. */
const TURN = 1024 * 1024
/** Read lines are given back to the disk in steps of this size, 250,000 files each. */
const STEP = 64 * 1024 * 1024

/**
 * The log of a child process, by way of a file that the child appends to as its stderr.
 *
 * A file, not a pipe: rclone writes one line a file, and with a pipe each of them wakes this process (10,000
 * small files took both of us 45 % more processor time). And a pipe never says that it is empty for good, while
 * a line is in the file before rclone answers the call that caused it: read to the end, nothing is missing.
 */
export class LogTail {
  /** For the child's stdio; it is open for appending. */
  readonly fd: number
  readonly #path: string
  readonly #lines: LineReader
  readonly #chunk = Buffer.allocUnsafe(CHUNK)
  readonly #reader: number
  readonly #step: number
  #offset = 0
  #givenBack = 0
  #givingBack: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #catchingUp = false
  #closed = false

  constructor(path: string, onLine: (line: string) => void, step = STEP) {
    this.#path = path
    this.#step = step
    this.#lines = new LineReader(onLine)
    this.fd = openSync(path, 'ax', 0o600)
    this.#reader = openSync(path, 'r+')
  }

  /** Reads now and then until `rest`. */
  follow(): void {
    this.#timer ??= setInterval(() => void this.#catchUp(), EVERY_MS)
  }

  /** A child that writes more than one turn a tick is read on, or its log would fill the disk. */
  async #catchUp(): Promise<void> {
    if (this.#catchingUp) return
    this.#catchingUp = true
    while (this.#timer && this.#readSome()) await nextTurn()
    this.#catchingUp = false
  }

  rest(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Everything written before the call has been told to `onLine` when this resolves. */
  async drain(): Promise<void> {
    // No further: one that never stops writing would never be read to its end.
    const until = this.#closed ? 0 : fstatSync(this.#reader).size
    while (this.#offset < until && this.#readSome()) await nextTurn()
  }

  /** Forgets what was read; only while the child writes nothing. */
  async clear(): Promise<void> {
    await this.drain()
    // It must not cut into what is written afterwards.
    await this.#givingBack
    if (this.#closed || this.#offset === 0) return
    ftruncateSync(this.#reader, 0)
    this.#offset = 0
    this.#givenBack = 0
  }

  /** After the child's end: tells the rest. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.rest()
    await this.drain()
    if (this.#closed) return
    this.#lines.end()
    this.#closed = true
    closeSync(this.#reader)
    closeSync(this.fd)
  }

  /** Returns whether there may be more. */
  #readSome(): boolean {
    if (this.#closed) return false
    const until = this.#offset + TURN
    let length = CHUNK
    while (length === CHUNK && this.#offset < until) {
      length = readSync(this.#reader, this.#chunk, 0, CHUNK, this.#offset)
      this.#offset += length
      this.#lines.push(this.#chunk.subarray(0, length))
    }
    this.#giveBack()
    return length === CHUNK
  }

  /**
   * A job of ten million files writes 2 GB here. Where the file system can (Linux), the part that was read is
   * cut out of the file; elsewhere it stays until the attempt ends.
   */
  #giveBack(): void {
    if (this.#offset - this.#givenBack < this.#step) return
    const range = ['--offset', String(this.#givenBack), '--length', String(this.#offset - this.#givenBack)]
    this.#givenBack = this.#offset
    const { promise, resolve } = Promise.withResolvers<void>()
    const child = spawn('fallocate', ['--punch-hole', ...range, this.#path], { stdio: 'ignore' })
    child.once('close', () => resolve()).once('error', () => resolve())
    this.#givingBack = Promise.all([this.#givingBack, promise]).then(() => {})
  }
}
