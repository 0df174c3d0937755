import { ilike, type SQL } from 'drizzle-orm'

/** Holds the text, taken literally, in any case of its letters. */
export function contains(column: Parameters<typeof ilike>[0], text: string): SQL {
  return ilike(column, `%${literal(text)}%`)
}

/** For a pattern of LIKE in which the text stands for itself. */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
