/**
 * While it is written a file is called `name.8 hex digits.partial` (`--partial-suffix`, since 1.63). A name above 100
 * bytes loses the bytes at its end that the suffix takes (and up to three more, not to split a character):
 * operations/copy.go, checkPartial.
 */
const PARTIAL = /^(.+)\.[0-9a-f]{8}\.partial$/s
const CUT_TO = 97
/** What a cut name keeps: 80 bytes, and fewer where a storage spells it longer than we do. */
const KEPT = 50

/** What stands before the suffix, of a name or a path; null where there is none. */
export function beforeSuffix(name: string): string | null {
  return PARTIAL.exec(name)?.[1] ?? null
}

/** Whether the name, with its suffix, is so long that some of it may be missing. */
export function mayBeCut(name: string): boolean {
  return Buffer.byteLength(name.slice(name.lastIndexOf('/') + 1)) > CUT_TO
}

/** Whether a file called `final` is written under a name with `before` before its suffix. */
export function isPartOf(final: string, before: string): boolean {
  return final === before || (Buffer.byteLength(before) >= KEPT && final.startsWith(before))
}
