import { pathOf } from './file-facts.ts'

/** Files held at a time, 6 MB or so. The others are found, quiet by then, by a look at everything. */
const MOST = 20_000
/** The clock was set: for a while a file's time says nothing of how long it has been quiet. */
const JUMP_MS = 500

type File = { folder: string; name: string; mark: string; dueAt: number }

/** Files that changed a moment ago and may change again: looked at once more when they were quiet for long enough. */
export class Waiting {
  readonly #windowMs: number
  readonly #files = new Map<string, File>()
  #offset = Date.now() - performance.now()
  #distrustUntil = 0
  #tooMany = false

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /**
   * Whether a file did not change for the window: by its own time, where that is of this machine's clock (nobody
   * writes without moving it), else by two looks of ours. One that is not waits for its next look. `writtenAt` is
   * null where clocks differ.
   */
  isQuiet(folder: string, name: string, mark: string, writtenAt: number | null): boolean {
    const now = performance.now()
    const path = pathOf(folder, name)
    const before = this.#files.get(path)
    const quietFor = this.#trustedAge(writtenAt, now)
    const wait = quietFor === null ? this.#windowMs : this.#windowMs - quietFor
    const dueAt = quietFor === null && before?.mark === mark ? before.dueAt : now + wait
    if (dueAt <= now) return true
    if (before || this.#files.size < MOST) this.#files.set(path, { folder, name, mark, dueAt })
    else this.#tooMany = true
    return false
  }

  /** Milliseconds since it was written; null when that cannot be told from its time. */
  #trustedAge(writtenAt: number | null, now: number): number | null {
    const offset = Date.now() - now
    if (Math.abs(offset - this.#offset) > JUMP_MS) this.#distrustUntil = now + this.#windowMs + JUMP_MS
    this.#offset = offset
    if (writtenAt === null || now < this.#distrustUntil) return null
    const age = now + offset - writtenAt
    return age < 0 ? null : age
  }

  drop(path: string): void {
    this.#files.delete(path)
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** When the next is due, by performance.now(). */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#files.values()) next = Math.min(next, dueAt)
    return next
  }

  /** Names that are due, by folder; they stay until they are told of or dropped. */
  due(most: number): Map<string, string[]> {
    const now = performance.now()
    const found = new Map<string, string[]>()
    let count = 0
    for (const { folder, name, dueAt } of this.#files.values()) {
      if (dueAt > now) continue
      const names = found.get(folder)
      if (names) names.push(name)
      else found.set(folder, [name])
      count += 1
      if (count === most) break
    }
    return found
  }

  /** Whether some were not held since the last call. */
  takeTooMany(): boolean {
    const tooMany = this.#tooMany
    this.#tooMany = false
    return tooMany
  }

  clear(): void {
    this.#files.clear()
  }
}
