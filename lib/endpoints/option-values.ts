import { isForProvider } from '#lib/backends/for-provider.ts'
import type { BackendOption } from '#lib/backends/schema.ts'

// Browser-safe. rclone takes any text for an option and finds out at the first transfer; here it is found at once.

const SIZE = /^(off|\d+(\.\d+)?\s*([bkmgtpe](i?b?)?)?)$/i
const DURATION = /^(off|-?\d+(\.\d+)?|(-?\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w|M|y))+)$/
const NUMBER = /^-?\d+(\.\d+)?$/

/** What is wrong with the value of an option, or null. Empty means unset and is never asked here. */
export function whyNotValue(
  option: BackendOption,
  value: string,
  provider: string | undefined,
): string | null {
  if (value.includes('\0')) return 'It cannot hold the character NUL.'
  if (!value.isWellFormed()) return 'It is not valid Unicode.'
  switch (option.type) {
    case 'bool':
      return ['true', 'false'].includes(value) ? null : 'true or false.'
    case 'Tristate':
      return ['true', 'false', 'unset'].includes(value) ? null : 'true, false or unset.'
    case 'int':
      return /^-?\d+$/.test(value) ? null : 'A whole number.'
    case 'float64':
      return NUMBER.test(value) ? null : 'A number.'
    case 'SizeSuffix':
      return SIZE.test(value) ? null : 'A size such as 64M or 5Gi, or off.'
    case 'Duration':
      return DURATION.test(value) ? null : 'A length of time such as 30s, 5m or 1h30m.'
  }
  if (!option.exclusive || option.secret) return null
  const values = option.examples
    .filter((one) => isForProvider(one.provider, provider))
    .map((one) => one.value)
  if (values.length === 0 || values.includes(value)) return null
  const shown = values.filter((one) => one !== '').slice(0, 12)
  return `One of ${shown.join(', ')}${values.length > 12 ? ', …' : ''}.`
}

/** Lists arrive as lists, switches as true, numbers as numbers; rclone takes text alone. */
export function asText(value: string | number | boolean | string[], option: BackendOption): string {
  // Blanks are part of a password; the line break that comes with a copied line is not.
  if (!Array.isArray(value))
    return option.secret ? String(value).replace(/[\r\n]+$/, '') : String(value).trim()
  const separator = option.type === 'SpaceSepList' ? ' ' : ','
  const quoted = (text: string) =>
    text.includes(separator) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text
  return value.map(quoted).join(separator)
}
