/**
 * More names of one folder than this: the whole folder is read, which costs less, and finds what hints lost. Above the
 * files of a job (lib/templates/gather.ts), whose moves alone must not have a large folder read.
 */
const MOST_NAMES = 1200
/** A folder is read again at most so often, and at most a quarter of the time. */
const AGAIN_MS = 200
const SHARE = 3
/** Between two looks at names: a thousand files that are moved away one after the other are a few looks. */
const NAMES_EVERY_MS = 100

/** Where something may have happened: names, or whole folders. */
export class Hinted {
  readonly #names = new Map<string, Set<string>>()
  #namesNotBefore = 0
  readonly #folders = new Map<string, number>()
  readonly #notBefore = new Map<string, number>()

  /** Returns when it is to be looked at, by performance.now(). */
  name(folder: string, name: string): number {
    const isRead = this.#folders.get(folder)
    if (isRead !== undefined) return isRead
    const names = this.#names.get(folder)
    if (!names) this.#names.set(folder, new Set([name]))
    else if (names.size < MOST_NAMES) names.add(name)
    else {
      this.#names.delete(folder)
      return this.folder(folder)
    }
    return this.#namesNotBefore
  }

  /** The whole folder, at once or in `inMs`. Returns when. */
  folder(folder: string, inMs = 0): number {
    const from = Math.max(performance.now() + inMs, this.#notBefore.get(folder) ?? 0)
    const at = Math.min(from, this.#folders.get(folder) ?? from)
    this.#folders.set(folder, at)
    return at
  }

  scanned(folder: string, tookMs: number): void {
    const now = performance.now()
    for (const [other, at] of this.#notBefore) if (at < now) this.#notBefore.delete(other)
    this.#notBefore.set(folder, now + Math.max(AGAIN_MS, SHARE * tookMs))
  }

  /** When the next names are to be looked at, or a folder is to be read, by performance.now(). */
  get nextAt(): number {
    let next = this.#names.size > 0 ? this.#namesNotBefore : Number.POSITIVE_INFINITY
    for (const at of this.#folders.values()) next = Math.min(next, at)
    return next
  }

  *dueFolders(): Generator<string> {
    const now = performance.now()
    for (const [folder, at] of [...this.#folders]) {
      if (at > now) continue
      this.#folders.delete(folder)
      yield folder
    }
  }

  /** None before they are due. */
  takeNames(most: number): Map<string, string[]> {
    const taken = new Map<string, string[]>()
    if (performance.now() < this.#namesNotBefore) return taken
    let count = 0
    for (const [folder, names] of this.#names) {
      if (count >= most) break
      taken.set(folder, [...names])
      this.#names.delete(folder)
      count += names.size
    }
    if (count > 0 && this.#names.size === 0) this.#namesNotBefore = performance.now() + NAMES_EVERY_MS
    return taken
  }

  clear(): void {
    this.#names.clear()
    this.#folders.clear()
    this.#notBefore.clear()
    this.#namesNotBefore = 0
  }
}
