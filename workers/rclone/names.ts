/**
 * rclone's names and ours. Inside rclone a name is written in its "standard encoding": a newline is `␊`, and a
 * name that really holds `␊` is written `‛␊` (lib/encoder, rclone.org/overview/#encoding). Log lines, listings
 * and the names we ask for are all in it. With `encoding: Raw` (remote.ts) the translation of local names is
 * exact in both directions; rclone's default loses files whose names begin with `‛`.
 */
const QUOTE = '‛'
const NEEDS_QUOTE = /[\u2400-\u241f\u2421／‛]/

/** The exact local name (or path) for one that rclone wrote. */
export function exactPath(standard: string): string {
  let exact = ''
  let quoted = false
  for (const char of standard) {
    if (quoted) {
      exact += NEEDS_QUOTE.test(char) || char === '．' ? char : QUOTE + char
      quoted = false
    } else if (char === QUOTE) {
      quoted = true
    } else {
      exact += plain(char)
    }
  }
  return quoted ? exact + QUOTE : exact
}

/** The name (or path) to ask rclone for, to reach the exact local one. */
export function standardPath(exact: string): string {
  return exact.split('/').map(standardName).join('/')
}

function standardName(name: string): string {
  if (name === '．' || name === '．．') return [...name].map((dot) => QUOTE + dot).join('')
  let standard = ''
  for (const char of name) {
    const code = char.charCodeAt(0)
    if (code < 0x20) standard += String.fromCharCode(0x2400 + code)
    else if (code === 0x7f) standard += '␡'
    else standard += NEEDS_QUOTE.test(char) ? QUOTE + char : char
  }
  return standard
}

function plain(char: string): string {
  const code = char.charCodeAt(0)
  if (code > 0x2400 && code < 0x2420) return String.fromCharCode(code - 0x2400)
  return char === '␡' ? '\u007f' : char
}
