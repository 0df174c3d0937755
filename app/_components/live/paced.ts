/** At least this long from the request to the page: what comes in a burst is told of at once. */
const GATHER_MS = 100

/** Runs `run` once for all that is asked for meanwhile, and no more often than every `everyMs`; after `stop` not at all. */
export function paced(everyMs: number, run: () => void): { ask: () => void; stop: () => void } {
  let pending: ReturnType<typeof setTimeout> | undefined
  let ranAt = Number.NEGATIVE_INFINITY
  return {
    ask() {
      pending ??= setTimeout(
        () => {
          pending = undefined
          ranAt = Date.now()
          run()
        },
        Math.max(GATHER_MS, ranAt + everyMs - Date.now()),
      )
    },
    stop() {
      clearTimeout(pending)
      pending = undefined
    },
  }
}
