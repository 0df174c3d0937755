import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { v7 } from 'uuid'
import type { FileEnd } from '#lib/jobs/schema.ts'

/** Kept in memory, 5 MB or so; more goes to the disk in parts of this size. A report takes no more at a time. */
const IN_MEMORY = 20_000
/** Kept in memory after all where the disk takes nothing, some 150 MB; what comes then is counted, not kept. */
const MOST_IN_MEMORY = 500_000

type Part = { offset: number; length: number; files: number }

/**
 * What became of files, first in, first out, until the control plane has been told. While that is away a
 * transfer goes on, and may move millions of files: all but the first and the last wait in a file without a
 * name in `folder`, which is gone with this process, however it ends.
 */
export class FileQueue {
  readonly #folder: string
  #head: FileEnd[] = []
  readonly #parts: Part[] = []
  #tail: FileEnd[] = []
  #fd: number | null = null
  #size = 0
  #onDisk = 0
  #dropped = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  get length(): number {
    return this.#head.length + this.#onDisk + this.#tail.length
  }

  push(file: FileEnd): void {
    if (this.#tail.length >= MOST_IN_MEMORY) {
      this.#dropped += 1
      return
    }
    this.#tail.push(file)
    if (this.#tail.length % IN_MEMORY === 0) this.#spill()
  }

  /** Up to `most`, the oldest. */
  take(most: number): FileEnd[] {
    let taken: FileEnd[] = []
    while (taken.length < most && this.length > 0) {
      if (this.#head.length === 0) this.#refill()
      taken = taken.concat(this.#head.splice(0, most - taken.length))
    }
    return taken
  }

  /** Undoes a `take`. */
  giveBack(files: FileEnd[]): void {
    if (files.length > 0) this.#head = [...files, ...this.#head]
  }

  /** How many could not be kept since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #spill(): void {
    try {
      const text = Buffer.from(JSON.stringify(this.#tail))
      this.#fd ??= openNameless(this.#folder)
      // From the end of what is whole: a part that the disk took only half of is written over.
      for (let at = 0; at < text.length; ) {
        at += writeSync(this.#fd, text, at, text.length - at, this.#size + at)
      }
      this.#parts.push({ offset: this.#size, length: text.length, files: this.#tail.length })
      this.#size += text.length
      this.#onDisk += this.#tail.length
      this.#tail = []
    } catch {
      // A full disk: they stay in memory, and go with the next part if it has room by then.
    }
  }

  #refill(): void {
    const part = this.#parts.shift()
    if (part) this.#head = this.#read(part)
    else [this.#head, this.#tail] = [this.#tail, []]
  }

  #read({ offset, length, files }: Part): FileEnd[] {
    this.#onDisk -= files
    try {
      const text = Buffer.allocUnsafe(length)
      for (let at = 0; at < length; ) {
        const read = readSync(this.#fd!, text, at, length - at, offset + at)
        if (read === 0) throw new Error('The file ends too soon.')
        at += read
      }
      if (this.#parts.length === 0) {
        ftruncateSync(this.#fd!)
        this.#size = 0
      }
      return JSON.parse(text.toString()) as FileEnd[]
    } catch {
      this.#dropped += files
      return []
    }
  }
}

function openNameless(folder: string): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `untold-${v7()}`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return fd
}
