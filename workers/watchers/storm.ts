/** Hints between two questions above which some may have been dropped. */
const STORM = 2000

let heard = 0

/** Counts one hint. All watches of a process share one queue in the kernel. */
export function onHint(): void {
  heard += 1
}

/** Whether there were very many since the last call. */
export function isStormy(): boolean {
  const many = heard > STORM
  heard = 0
  return many
}
