import { styleText } from 'node:util'

/** One JSON document and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** One of many JSON documents, a line each. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

type Colour = 'dim' | 'red' | 'green' | 'yellow' | 'blue'

/** Columns as wide as their widest cell; control characters of file names made visible. */
export function printTable(
  head: string[],
  rows: string[][],
  paint: (cell: string, column: string) => Colour | null = () => null,
): void {
  const clean = rows.map((row) => row.map(visible))
  const widths = head.map((name, column) =>
    Math.max(name.length, ...clean.map((row) => row[column]?.length ?? 0)),
  )
  const padded = (cells: string[], column: number) =>
    column === cells.length - 1 ? cells[column]! : cells[column]!.padEnd(widths[column] ?? 0)
  const line = (cells: string[]) => cells.map((_, column) => padded(cells, column)).join('  ')
  process.stdout.write(`${dim(line(head))}\n`)
  for (const row of clean) {
    const cells = row.map((cell, column) => {
      const style = paint(cell, head[column]!)
      return style ? colour(style, padded(row, column)) : padded(row, column)
    })
    process.stdout.write(`${cells.join('  ')}\n`)
  }
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
export function colour(style: Colour, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

const stateColours: Record<string, Colour> = {
  running: 'blue',
  completed: 'green',
  failed: 'red',
  retrying: 'yellow',
}

/** The colour of a job's state; none for those that say nothing urgent. */
export function stateColour(state: string): Colour | null {
  return stateColours[state] ?? null
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function size(bytes: number): string {
  let power = 0
  while (power < units.length - 1 && bytes / 1024 ** power >= 1023.95) power += 1
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}

/** "8 s", "3 min 20 s", "2 h 5 min", "3 d". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`
  if (whole < 48 * 3600) {
    const minutes = Math.floor((whole % 3600) / 60)
    return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ''}`
  }
  return `${Math.floor(whole / 86_400)} d`
}

export function ago(time: string, now = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000
  return seconds < 5 ? 'just now' : `${duration(seconds).split(' ').slice(0, 2).join(' ')} ago`
}

export function countOf(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`
}
