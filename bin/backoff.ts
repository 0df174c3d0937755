const FIRST_MS = 500
const LONGEST_MS = 15_000
/** A child that lived this long was well: its next end is a new story. */
const HEALTHY_MS = 60_000

/** How long to wait before the next start: 0.5 s, doubling to 15 s. */
export class Backoff {
  #next = FIRST_MS

  /** @param livedMs how long the last try lived */
  next(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#next = FIRST_MS
    const wait = this.#next
    this.#next = Math.min(this.#next * 2, LONGEST_MS)
    return wait
  }
}

/** How a process ended, for a person. */
export function how(code: unknown, signal: unknown): string {
  return signal ? `signal ${signal}` : typeof code === 'number' ? `exit code ${code}` : String(code)
}
