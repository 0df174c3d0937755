/** Chances that come again with the same seed. */
export type Chance = {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number, both ends included. */
  whole(least: number, most: number): number
  /** True in `share` of all cases. */
  likely(share: number): boolean
  pick<T>(of: readonly T[]): T
  bytes(length: number): Buffer
}

/** mulberry32: 32 bits of state are enough for a test that must only be repeatable. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    whole,
    likely: (share) => next() < share,
    pick: (of) => of[whole(0, of.length - 1)]!,
    bytes(length) {
      // One drawn block, told apart by its place: a part of a file never looks like another.
      const block = Buffer.from(Array.from({ length: 64 }, () => whole(0, 255)))
      const bytes = Buffer.alloc(length)
      for (let at = 0; at < length; at += 64) {
        block.writeUInt32LE(at, 0)
        block.copy(bytes, at)
      }
      return bytes
    },
  }
}
