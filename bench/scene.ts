import type { Stage } from './stage.ts'

/** A line of the table: what was measured, the figure, what it should reach. */
export type Row = { what: string; figure: string; reach: string }

export type Scene = (stage: Stage) => Promise<Row[]>

/** Calls `work` for 0 to `count` − 1, at most `width` at a time. */
export async function inParallel(
  width: number,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
