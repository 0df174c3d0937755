import { UnavailableError } from '#lib/errors.ts'

/** One value of a secret that is a JSON object. Throws UnavailableError, without anything of it but what was asked for. */
export function fieldOf(json: string, key: string, what: string): string {
  const found = parse(json)?.[key]
  if (typeof found === 'string' || typeof found === 'number') return String(found)
  throw new UnavailableError(
    parse(json) === null ? `${what} is not JSON, so it has no "${key}".` : `${what} has no "${key}".`,
  )
}

function parse(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
