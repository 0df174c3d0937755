import { type Cause, causes } from './causes.ts'

/** How many attempts in a row may end with the cause and move nothing before the job is given up. */
const triesLater = 4
/**
 * An outage of a link or a server often lasts a quarter of an hour. With the back-off below the last attempt comes after
 * that, also where chance makes each wait the shortest.
 */
const triesNetwork = 16
/** A name server goes away with its network. */
const outages: ReadonlySet<Cause> = new Set(['network', 'host_unknown'])
/** A job whose attempts take their worker down again and again must not do so for ever. */
const triesNow = 5

/**
 * Attempts by our own back-off in a row, whatever they moved, before a person must look: one file that never
 * arrives while new ones do would be tried without end. With the delays below this takes fifty minutes at least.
 * Hand-overs between workers are no back-off and begin the row anew.
 */
const mostRetries = 50
/** In such a row the delay doubles every so many attempts, also where files arrive at each. */
const retriesADoubling = 5

const firstDelayMs = 2_000
const longestDelayMs = 120_000

/**
 * When the next attempt may start: a delay in milliseconds, or null when a person must look first. `tries`
 * counts the attempts since the last that moved anything, `retries` the back-offs in a row before this one.
 * `random` (0 to 1) spreads attempts that failed together.
 */
export function retryDelay(
  cause: Cause,
  { tries, retries }: { tries: number; retries: number },
  random: number,
): number | null {
  switch (causes[cause].retry) {
    case 'person':
      return null
    case 'now':
      return tries < triesNow ? 0 : null
    case 'later': {
      if (retries >= mostRetries || tries >= (outages.has(cause) ? triesNetwork : triesLater)) return null
      const doublings = Math.max(tries - 1, Math.floor(retries / retriesADoubling))
      const full = Math.min(firstDelayMs * 2 ** doublings, longestDelayMs)
      return Math.round(full * (0.75 + random / 2))
    }
  }
}
