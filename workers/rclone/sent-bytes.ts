import type { LogLine } from './log-line.ts'
import { exactPath } from './names.ts'
import type { Stats } from './types.ts'

/**
 * rclone counts all bytes that it sends: those of a file that it began anew, twice (1.75.2). Here they are what has
 * arrived, by its log, and what is in flight.
 */
export class SentBytes {
  #files = 0
  /** Null where it did not say how large a file was. */
  #arrived: number | null = 0
  /** Told as arrived; for a moment more rclone may have them among those in flight. */
  #latest = new Set<string>()

  /** A line that says that a file has arrived. */
  add({ size, path }: LogLine): void {
    this.#files += 1
    this.#arrived = this.#arrived === null || size === null || size < 0 ? null : this.#arrived + size
    if (path !== null) this.#latest.add(exactPath(path))
  }

  /** `stats` without what was sent in vain. Only once the log was read up to them. */
  eachOnce(stats: Stats): Stats {
    const latest = stats.transferring.filter(({ path }) => this.#latest.has(path))
    const inFlight = stats.transferring.filter((file) => !latest.includes(file))
    this.#latest = new Set(latest.map(({ path }) => path))
    if (this.#arrived === null || this.#files < stats.transfers) return stats
    const once = inFlight.reduce((sum, { bytes }) => sum + bytes, this.#arrived)
    const again = Math.max(0, stats.bytes - once)
    return { ...stats, bytes: stats.bytes - again, totalBytes: Math.max(0, stats.totalBytes - again) }
  }
}
