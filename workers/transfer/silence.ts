import type { Stats } from '../rclone/types.ts'

/**
 * Notices an attempt in which nothing moves: no byte, no file, nothing listed or compared. rclone's own
 * time-out sees idle sockets only; an upload that trickled hung for 16 hours (rclone issue 9841).
 */
export class SilenceWatch {
  readonly #allowedMs: number
  #seen = ''
  #since = performance.now()

  constructor(allowedMs: number) {
    this.#allowedMs = allowedMs
  }

  /** Something was seen to move; also where the attempt has its slot, for which it may have waited long. */
  moved(): void {
    this.#since = performance.now()
  }

  /** `null` where rclone did not say: one that hangs moves nothing that anybody could see. */
  isSilent(stats: Stats | null): boolean {
    const now = stats ? seenOf(stats) : this.#seen
    if (now !== this.#seen) {
      this.#seen = now
      this.#since = performance.now()
      return false
    }
    return performance.now() - this.#since > this.#allowedMs
  }

  get sentence(): string {
    return `No byte and no file moved for ${Math.round(this.#allowedMs / 1000)} s.`
  }
}

function seenOf({ bytes, transfers, checks, deletes, listed }: Stats): string {
  return [bytes, transfers, checks, deletes, listed].join()
}
