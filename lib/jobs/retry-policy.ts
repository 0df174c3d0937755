import { type Cause, causes } from './causes.ts'

/** How many attempts in a row may end with the cause and move nothing before the job is given up. */
const triesLater = 4
/** An outage of a link or a server often lasts a quarter of an hour; with the back-off below this bears one. */
const triesNetwork = 12
/** A job whose attempts take their worker down again and again must not do so for ever. */
const triesNow = 5

const firstDelayMs = 2_000
const longestDelayMs = 120_000

/**
 * When the next attempt may start: a delay in milliseconds, or null when a person must look first. `tries`
 * counts the attempts since the last that moved anything. `random` (0 to 1) spreads attempts that failed
 * together.
 */
export function retryDelay(cause: Cause, tries: number, random: number): number | null {
  switch (causes[cause].retry) {
    case 'person':
      return null
    case 'now':
      return tries < triesNow ? 0 : null
    case 'later': {
      if (tries >= (cause === 'network' ? triesNetwork : triesLater)) return null
      const full = Math.min(firstDelayMs * 2 ** (tries - 1), longestDelayMs)
      return Math.round(full * (0.75 + random / 2))
    }
  }
}
