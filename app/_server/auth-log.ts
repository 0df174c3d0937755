/** A wrong password or a stale form is no error of ours. By type: the build shortens class names. */
const EVERYDAY = new Set(['CredentialsSignin', 'MissingCSRF'])

/** Tells what went wrong in a sign-in by its kind and its innermost reason, without any data of it. */
export function tellAuthError(error: Error): void {
  const type = 'type' in error ? String(error.type) : error.name
  if (EVERYDAY.has(type)) return
  // JSON keeps what a service said on one line.
  console.error(`auth: ${type}: ${JSON.stringify(reasonOf(error).slice(0, 300))}`)
}

/** The outer errors repeat statements with their values; the innermost one says what was wrong. */
function reasonOf(error: Error): string {
  let at = error
  for (let depth = 0; depth < 5; depth += 1) {
    const { cause } = at
    const inner = cause !== null && typeof cause === 'object' && 'err' in cause ? cause.err : cause
    if (!(inner instanceof Error)) return said(cause) ?? at.message
    at = inner
  }
  return at.message
}

/** What a service answered in OAuth's own words, such as invalid_client for a wrong secret. */
function said(cause: unknown): string | null {
  if (cause === null || typeof cause !== 'object' || !('error' in cause)) return null
  return typeof cause.error === 'string' ? `the service answered ${cause.error}` : null
}
