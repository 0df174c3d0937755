/** What a verb refuses with. `app/_server/problem.ts` is the only place that turns one into an HTTP answer. */
export type DomainErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'unavailable'
  | 'too_large'
  | 'too_many'

/** One thing wrong with one field; `path` is the field's place in the input, joined by dots. */
export type FieldIssue = {
  path: string
  message: string
  /** What would put it right if a person agrees, such as the host key that a server showed. */
  value?: string
  /** By which a person can tell whether to agree. */
  fingerprint?: string
}

/**
 * A refusal that a person can act on. `message` says what is wrong and what to do; it never holds a secret.
 * Anything else that is thrown is a bug and answers 500 without its text.
 */
export class DomainError extends Error {
  readonly kind: DomainErrorKind
  readonly issues: FieldIssue[]

  constructor(kind: DomainErrorKind, message: string, issues: FieldIssue[] = []) {
    super(message)
    this.name = 'DomainError'
    this.kind = kind
    this.issues = issues
  }
}

export class InvalidError extends DomainError {
  constructor(message: string, issues: FieldIssue[] = []) {
    super('invalid', message, issues)
  }

  /** One field's refusal, said both as the whole and at the field. */
  static at(path: string, message: string): InvalidError {
    return new InvalidError(message, [{ path, message }])
  }
}

export class ForbiddenError extends DomainError {
  constructor(message: string) {
    super('forbidden', message)
  }
}

export class NotFoundError extends DomainError {
  constructor(message: string) {
    super('not_found', message)
  }
}

/** What a thrown thing says: an error of rclone, of the file system (EACCES, ELOOP) or of ours. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The thing changed under the caller, or a name is taken. Nothing was written. */
export class ConflictError extends DomainError {
  constructor(message: string) {
    super('conflict', message)
  }
}

/** Something this needs (the worker, mostly) does not answer now; the same call may work later. */
export class UnavailableError extends DomainError {
  constructor(message: string) {
    super('unavailable', message)
  }
}
