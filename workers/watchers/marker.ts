import { splitName } from '#lib/templates/name-parts.ts'

/** A file that says of another one, or of all beside it, that it is complete. */
export type Marker = {
  isMarker(name: string): boolean
  /** The name of the marker of a file. */
  of(name: string): string
  /** The one file that a marker is of, or null where it may be several. */
  fileOf(marker: string): string | null
}

const VARIABLE = /\{(filename|name|ext)\}/g

/** `{filename}.done`: {filename} is a5.mov, {name} a5, {ext} mov. */
export function markerOf(template: string): Marker {
  const parts = template.split(VARIABLE)
  const pattern = parts.map((part, at) => (at % 2 === 1 ? '(.+)' : literally(part))).join('')
  const isOne = parts.length === 3 && parts[1] === 'filename'
  const form = new RegExp(`^${pattern}$`, 's')
  const of = (name: string) => {
    const values: Record<string, string> = { filename: name, ...splitName(name) }
    return template.replace(VARIABLE, (_, variable: string) => values[variable] ?? '')
  }
  return {
    of,
    isMarker: (name) => form.test(name),
    fileOf: (marker) => (isOne ? (form.exec(marker)?.[1] ?? null) : null),
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
