/** Figures of repeated measurements. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}

export type Comparison = { ratio: number; control: number; a: number; b: number }

/**
 * Runs A B B A `rounds` times and returns the median of the pairs' ratios A/B and the medians in milliseconds,
 * with an A/A-style control beside it: the two B of each round against each other. A control outside 0.95 to
 * 1.05 means that the machine was too noisy to conclude anything.
 */
export async function compare(
  rounds: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<Comparison> {
  const ratios: number[] = []
  const controls: number[] = []
  const as: number[] = []
  const bs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const times = [await a(), await b(), await b(), await a()] as const
    as.push(times[0], times[3])
    bs.push(times[1], times[2])
    ratios.push(times[0] / times[1], times[3] / times[2])
    controls.push(times[1] / times[2])
  }
  return { ratio: median(ratios), control: median(controls), a: median(as), b: median(bs) }
}
