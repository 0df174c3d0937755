import { databaseTrouble } from '#lib/db/trouble.ts'
import { DomainError, type DomainErrorKind } from '#lib/errors.ts'

const statuses: Record<DomainErrorKind, { status: number; title: string }> = {
  invalid: { status: 422, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  gone: { status: 410, title: 'No longer kept' },
  conflict: { status: 409, title: 'Conflict' },
  unavailable: { status: 503, title: 'Not available now' },
  too_large: { status: 413, title: 'Too large' },
  too_many: { status: 429, title: 'Too many requests' },
}

/** The only map from a refusal to HTTP: RFC 9457 problem details. What is neither one nor the database's tells nothing. */
export function problem(error: unknown): Response {
  if (error instanceof DomainError) {
    const { status, title } = statuses[error.kind]
    return answer(status, title, error.message, error.issues)
  }
  const trouble = databaseTrouble(error)
  if (trouble !== null) {
    const { status, title } = statuses.unavailable
    return answer(status, title, trouble, [])
  }
  const reference = crypto.randomUUID()
  console.error(`error ${reference}`, error)
  return answer(
    500,
    'Something is wrong with File Orbit',
    `The log of the web process has the details under ${reference}.`,
    [],
  )
}

export function answer(
  status: number,
  title: string,
  detail: string,
  errors: { path: string; message: string }[],
): Response {
  const body = { type: 'about:blank', title, status, detail, ...(errors.length > 0 && { errors }) }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      // What is not available now may be so by another server: the next request makes a connection of its own.
      ...(status === 503 && { connection: 'close', 'retry-after': '1' }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  })
}
