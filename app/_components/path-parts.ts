/** How a path is written for people: nothing invisible stays invisible, and a cut never takes the end of a name. */

const plain = /^[\x20-\x7e]*$/
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u
// Controls, marks that turn the direction of the text (a name could pose as another), separators, lone surrogates.
// Zero-width joiners stay: emoji and Persian need them.
const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu
const edgeSpaces = /(^|\/)( +)|( +)(?=\/|$)/g

// Arrows that every system font has; the control pictures (␊) are missing from many, and rclone stores a newline as
// that very letter where a storage cannot hold one.
const signs: Record<string, string> = { '\n': '↵', '\t': '⇥' }

function signFor(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return signs[character] ?? `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
}

/** The path with each invisible or deceiving character as a sign: a newline is ↵, a blank at a name's edge ␣. */
export function visiblePath(path: string): string {
  return path
    .replace(edgeSpaces, (match, before: string | undefined) => {
      const start = before ?? ''
      return start + '\u2423'.repeat(match.length - start.length)
    })
    .replace(hidden, signFor)
}

/** "a/b/c.mxf" → the folder with its slash, and the name ("d/" is the name of a folder). */
export function splitPath(path: string): { folder: string; name: string } {
  const end = path.endsWith('/') ? path.length - 1 : path.length
  const slash = end > 0 ? path.lastIndexOf('/', end - 1) : -1
  return { folder: path.slice(0, slash + 1), name: path.slice(slash + 1) }
}

function graphemes(text: string): string[] {
  if (plain.test(text)) return text.split('')
  return Array.from(
    new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text),
    (part) => part.segment,
  )
}

/** Whether letters run right to left somewhere in the text; cut in pieces, they would be read in the wrong order. */
export function runsRightToLeft(text: string): boolean {
  return !plain.test(text) && rightToLeft.test(text)
}

/** Cuts `text` before its last `keep` letters (as a person counts them); short or right-to-left text is not cut. */
export function cutBeforeEnd(text: string, keep: number): { head: string; tail: string } {
  if (runsRightToLeft(text)) return { head: text, tail: '' }
  const parts = graphemes(text)
  if (parts.length <= keep) return { head: '', tail: text }
  return { head: parts.slice(0, -keep).join(''), tail: parts.slice(-keep).join('') }
}
