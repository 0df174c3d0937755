import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/**
 * UUIDv7 for at most `count` rows, each after the one before: asking the system for random bytes costs more than all
 * else of a row.
 */
export function idsFor(count: number): () => string {
  const random = randomBytes(16 * count + 4)
  const msecs = Date.now()
  // Half of what there is, so that counting up stays within it.
  let seq = random.readUInt32BE(16 * count) >>> 1
  let at = 0
  return () => {
    const id = v7({ random: random.subarray(at, at + 16), msecs, seq })
    at += 16
    seq += 1
    return id
  }
}
