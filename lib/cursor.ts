import { InvalidError } from '#lib/errors.ts'

/** One page of a list; `nextCursor` is null at the end. */
export type Page<T> = { items: T[]; nextCursor: string | null }

/** A URL-safe cursor out of the last row's key. Opaque to clients. */
export function encodeCursor(parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** What a part of a cursor may be. Anybody can write one, and PostgreSQL ends a query over a part it cannot read. */
const cursorPart = {
  id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /** Fits PostgreSQL's integer. */
  number: /^\d{1,9}$/,
  text: /^[^\0]*$/,
} as const

/** The parts again; throws InvalidError for one that this server did not make. */
export function decodeCursor(cursor: string, shape: readonly (keyof typeof cursorPart)[]): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (
      Array.isArray(parts) &&
      parts.length === shape.length &&
      parts.every((part, at) => typeof part === 'string' && cursorPart[shape[at]!].test(part))
    ) {
      return parts
    }
  } catch {
    // Falls through to the one refusal.
  }
  throw InvalidError.at('cursor', 'This cursor is not one that a list answered. Start again without it.')
}

/** Cuts a query that asked for one row more than the page holds. */
export function pageOf<R, T>(
  rows: R[],
  limit: number,
  key: (row: R) => string[],
  item: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null,
  }
}
