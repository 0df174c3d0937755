/** Questions to a storage at a time. */
const LANES = 8

export async function inLanes<T>(items: Iterable<T>, ask: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]()
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await ask(next.value)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
