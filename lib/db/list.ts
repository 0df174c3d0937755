import { type SQL, sql } from 'drizzle-orm'

// Many values as one parameter: the statement stays the same, and prepared, however many they are. None of these holds a
// comma.

export function idList(ids: readonly string[]): SQL {
  return sql`string_to_array(${ids.join(',')}, ',')::uuid[]`
}

export function wordList(words: readonly string[]): SQL {
  return sql`string_to_array(${words.join(',')}, ',')`
}
