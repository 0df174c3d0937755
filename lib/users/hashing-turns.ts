import { UnavailableError } from '#lib/errors.ts'

/** A hash takes 19 MiB and a core for about 30 ms; two leave room for everything else on a small machine. */
const AT_ONCE = 2
/** Two seconds of work. Whoever comes after would wait longer than people do, and costs memory while waiting. */
const WAITING = 64

const waiting: (() => void)[] = []
let running = 0

/** Runs costly work when it is its turn. Throws UnavailableError when too many wait already. */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING) {
      throw new UnavailableError('Too many people sign in at this moment. Try again in a few seconds.')
    }
    // The turn is handed over, so nobody slips in between.
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else {
    running += 1
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}
