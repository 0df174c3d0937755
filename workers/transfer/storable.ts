/**
 * What a database takes. One NUL, half an emoji or a size of 1e308 in one line of one rclone would otherwise have
 * every report of this worker refused, again and again, until its leases run out.
 */

/** PostgreSQL stores neither NUL nor lone surrogates. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '␀')
}

/** A whole number that is exact in JSON: below nought, above 2^53 and what is no number are cut to that. */
export function storableAmount(value: number): number {
  if (!(value > 0)) return 0
  return Math.min(Math.round(value), Number.MAX_SAFE_INTEGER)
}
