import { styleText } from 'node:util'

/** One JSON document and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Columns as wide as their widest cell; control characters of file names made visible. */
export function printTable(head: string[], rows: string[][]): void {
  const clean = rows.map((row) => row.map(visible))
  const widths = head.map((name, column) =>
    Math.max(name.length, ...clean.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  process.stdout.write(`${dim(line(head))}\n`)
  for (const row of clean) process.stdout.write(`${line(row)}\n`)
}

/** A terminal must not obey a file's name. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (found) =>
    found === '\n' ? '↵' : `\\u{${found.codePointAt(0)!.toString(16)}}`,
  )
}

export function dim(text: string): string {
  return colour('dim', text)
}

/** Colour only where a person looks: styleText knows terminals, NO_COLOR and FORCE_COLOR. */
export function colour(style: 'dim' | 'red' | 'green' | 'yellow', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function size(bytes: number): string {
  let power = 0
  while (power < units.length - 1 && bytes / 1024 ** power >= 1023.95) power += 1
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}
