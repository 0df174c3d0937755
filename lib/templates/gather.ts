// Browser-safe. How events gather, unless the template says otherwise.

/** Milliseconds from the first event on: a drop of many files is one job. */
export const WINDOW_MS = 50
/** Files of one job; more would make its row, its claim and its retry slow. */
export const MOST_OF_A_JOB = 1000

/** As a template has it. */
export type Gather = { windowMs?: number | undefined; most?: number | undefined }

export function windowOf({ windowMs }: Gather): number {
  return windowMs ?? WINDOW_MS
}

export function mostOf({ most }: Gather): number {
  return most ?? MOST_OF_A_JOB
}
