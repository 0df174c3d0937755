import { DateTime } from 'luxon'

// Browser-safe. `{year}` and others in the paths of a template.

/** What a file's variables are taken from; null in a run of a whole folder. */
export type FileFacts = { path: string; size: number | null; at: Date; detail: Record<string, string> }

export type Facts = {
  /** When the run began; dates of {run.*}, and of all where there is no file. */
  runAt: Date
  timeZone: string
  template: string
  job: string
  file: FileFacts | null
}

const TIMES = ['year', 'month', 'day', 'hour', 'minute', 'second', 'timestamp', 'date', 'week'] as const
const OF_FILE = ['filename', 'name', 'ext', 'path', 'size'] as const
const OF_RUN = ['job', 'template'] as const

const VARIABLE = /\{([a-zA-Z.]+)(?::([^{}]*))?\}/g

export const variableNames: readonly string[] = [...TIMES, ...OF_FILE, ...OF_RUN]

/**
 * What is wrong with a path that holds variables, or null: an unknown name, a brace without its twin, a format that is
 * none. `{{` and `}}` stand for a brace.
 */
export function whyNotTemplatePath(path: string, { perFile }: { perFile: boolean }): string | null {
  const rest = unescaped(path).replace(VARIABLE, (_, name: string, format: string | undefined) => {
    return whyNotVariable(name, format, perFile) ? '{' : ''
  })
  for (const [, name = '', format] of unescaped(path).matchAll(VARIABLE)) {
    const wrong = whyNotVariable(name, format, perFile)
    if (wrong) return wrong
  }
  if (/[{}]/.test(rest)) return 'A brace without its twin. Write {{ or }} for one that is meant.'
  return null
}

function whyNotVariable(name: string, format: string | undefined, perFile: boolean): string | null {
  const plain = name.replace(/^run\./, '')
  const isTime = (TIMES as readonly string[]).includes(plain)
  if (name.startsWith('run.') && !isTime) return `There is no variable {${name}}.`
  if (isTime) return plain === 'date' && format === '' ? 'A format is missing: {date:yyyy-MM-dd}.' : null
  const isFiles = (OF_FILE as readonly string[]).includes(name) || /^event\.[a-zA-Z]+$/.test(name)
  if (!isFiles && !(OF_RUN as readonly string[]).includes(name)) {
    return `There is no variable {${name}}. There are ${variableNames.map((one) => `{${one}}`).join(' ')} and {event.…}.`
  }
  if (isFiles && !perFile) return `{${name}} belongs to a file, so it has no meaning in the source path.`
  if (format !== undefined) return `{${name}} takes no format.`
  return null
}

/** Whether a destination says where each file goes by itself, so that a whole folder cannot be handed to rclone. */
export function isPerFile(path: string): boolean {
  return [...unescaped(path).matchAll(VARIABLE)].some(([, name = '']) => {
    return (OF_FILE as readonly string[]).includes(name) || name.startsWith('event.')
  })
}

/** Thrown when a value would leave the folder, or there is none. The sentence is for people. */
export class VariableError extends Error {}

/** A path without variables. Values lose what would make them several folders, or a climb. Throws VariableError. */
export function fillIn(path: string, facts: Facts): string {
  const filled = unescaped(path).replace(VARIABLE, (_, name: string, format: string | undefined) =>
    textOf(name, format, facts),
  )
  const whole = filled.replaceAll(OPEN, '{').replaceAll(CLOSE, '}')
  const parts = whole.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new VariableError(`"${whole}" would climb out of the destination.`)
  const long = parts.find((part) => new TextEncoder().encode(part).length > 255)
  if (long)
    throw new VariableError(
      `"${long.slice(0, 60).toWellFormed()}…" is longer than 255 bytes, which no file system carries.`,
    )
  return parts.join('/') + (whole.endsWith('/') && parts.length > 0 ? '/' : '')
}

/**
 * Where a file goes: below a folder with its own relative folder, or exactly where {filename}, {name} or {path} places
 * it. Relative to the root of the destination. Throws VariableError.
 */
export function placeOf(destination: string, facts: Facts & { file: FileFacts }): string {
  const names = [...unescaped(destination).matchAll(VARIABLE)].map(([, name]) => name)
  const last = unescaped(destination).split('/').at(-1) ?? ''
  const namesFile = [...last.matchAll(VARIABLE)].some(([, name]) =>
    ['filename', 'name', 'ext'].includes(name!),
  )
  const filled = fillIn(destination, facts)
  if (namesFile) return filled
  const { folder, filename } = partsOf(facts.file.path)
  const kept = names.includes('path') ? '' : folder
  return [filled.replace(/\/$/, ''), kept, filename].filter((part) => part !== '').join('/')
}

// Private-use characters stand in for braces that are meant, while variables are looked for.
const OPEN = '\uE000'
const CLOSE = '\uE001'

function unescaped(path: string): string {
  return path.replaceAll('{{', OPEN).replaceAll('}}', CLOSE)
}

function partsOf(path: string): { folder: string; filename: string; name: string; ext: string } {
  const at = path.lastIndexOf('/')
  const filename = path.slice(at + 1)
  const dot = filename.lastIndexOf('.')
  const hasExt = dot > 0
  return {
    folder: at < 0 ? '' : path.slice(0, at),
    filename,
    name: hasExt ? filename.slice(0, dot) : filename,
    ext: hasExt ? filename.slice(dot + 1) : '',
  }
}

function textOf(name: string, format: string | undefined, facts: Facts): string {
  const plain = name.replace(/^run\./, '')
  if ((TIMES as readonly string[]).includes(plain)) {
    const at = name.startsWith('run.') ? facts.runAt : (facts.file?.at ?? facts.runAt)
    return timeValue(
      plain as (typeof TIMES)[number],
      format,
      DateTime.fromJSDate(at, { zone: facts.timeZone }),
    )
  }
  if (name === 'job') return facts.job
  if (name === 'template') return oneName(facts.template)
  const { file } = facts
  if (!file) throw new VariableError(`{${name}} has no value in a run of a whole folder.`)
  const { folder, ...names } = partsOf(file.path)
  switch (name) {
    case 'path':
      return folder
    case 'size':
      return String(file.size ?? 0)
    case 'filename':
    case 'name':
    case 'ext':
      return names[name]
  }
  const value = file.detail[name.slice('event.'.length)]
  if (value === undefined) throw new VariableError(`The event holds nothing for {${name}}.`)
  return oneName(value)
}

/** A value from outside is one name: a "/" in it makes no folder, and it is never "." or "..". */
function oneName(value: string): string {
  const name = value.replaceAll(/[/\0]/g, '_')
  return /^\.{1,2}$/.test(name) ? name.replaceAll('.', '_') : name
}

function timeValue(name: (typeof TIMES)[number], format: string | undefined, at: DateTime): string {
  if (format) return oneName(at.setLocale('en').toFormat(format))
  switch (name) {
    case 'year':
      return at.toFormat('yyyy')
    case 'month':
      return at.toFormat('MM')
    case 'day':
      return at.toFormat('dd')
    case 'hour':
      return at.toFormat('HH')
    case 'minute':
      return at.toFormat('mm')
    case 'second':
      return at.toFormat('ss')
    case 'week':
      return at.toFormat('WW')
    case 'date':
      return at.toFormat('yyyy-MM-dd')
    case 'timestamp':
      return String(Math.floor(at.toSeconds()))
  }
}
