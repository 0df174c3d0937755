/**
 * Whether the driver lost the connection, or got none: what it was doing may or may not have been written.
 * The server's own last words ("terminating connection") never reach the caller: the driver says this instead.
 */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(codeOf(error))
}

const AWAY = 'The database cannot be reached. It may be restarting: try again in a moment.'
const FULL =
  'The disk of the database is full, so it cannot write. Make room there; what runs goes on meanwhile, and its results are kept.'
const READ_ONLY = 'The database only reads now: it is a standby, or was set so. Try again when it writes.'

/** SQLSTATEs that speak of the server and not of the statement (PostgreSQL 18, appendix A). */
const states: [RegExp, string][] = [
  [/^53100$/, FULL],
  [/^25006$/, READ_ONLY],
  // Shut down, crashed, starting; too many connections; out of memory; failed reads and writes.
  [/^(08...|57P0[1-5]|53...|58030)$/, AWAY],
]

/**
 * What is wrong with the database and what to do, when that is why something was thrown, however it was
 * wrapped since (drizzle and Auth.js do); null for every other error.
 */
export function databaseTrouble(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = causeOf(at), depth += 1) {
    if (isLost(at)) return AWAY
    const code = codeOf(at)
    const found = states.find(([state]) => state.test(code))
    if (found) return found[1]
  }
  return null
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Auth.js wraps an error as `cause.err`. */
function causeOf({ cause }: Error): unknown {
  return cause !== null && typeof cause === 'object' && 'err' in cause ? cause.err : cause
}
