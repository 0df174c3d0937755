import { DateTime } from 'luxon'
import { splitName } from './name-parts.ts'

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

/** What an event of S3 tells (lib/s3-events/place-event.ts). */
export const eventNames = [
  ...['bucket', 'key', 'region', 'eventName', 'size', 'eTag', 'versionId', 'sequencer'],
] as const

/** A brace that is meant, a variable, or a brace without its twin. */
const TOKEN = /\{\{|\}\}|\{([a-zA-Z.]+)(?::([^{}]*))?\}|[{}]/g

type Variable = { name: string; format: string | undefined }

function variablesIn(path: string): Variable[] {
  return [...path.matchAll(TOKEN)].flatMap(([, name, format]) =>
    name === undefined ? [] : [{ name, format }],
  )
}

function fill(path: string, textFor: (variable: Variable) => string): string {
  return path.replace(TOKEN, (token, name: string | undefined, format: string | undefined) =>
    name === undefined ? token.slice(0, 1) : textFor({ name, format }),
  )
}

/** The part after the last "/" that is not in a variable. */
function lastPart(path: string): string {
  const shape = path.replace(TOKEN, (token) => 'x'.repeat(token.length))
  return path.slice(shape.lastIndexOf('/') + 1)
}

/** The folders before the first variable. */
export function fixedFolder(path: string): string {
  const at = [...path.matchAll(TOKEN)].find(([, name]) => name !== undefined)?.index
  return fill(at === undefined ? path : path.slice(0, path.lastIndexOf('/', at) + 1), () => '')
}

/** Which variables a path may hold: those of a file, and of what an event of S3 tells. */
type Allowed = { perFile: boolean; events: boolean }

/**
 * What is wrong with a path that holds variables, or null: an unknown name, a brace without its twin, a format that is
 * none. `{{` and `}}` stand for a brace.
 */
export function whyNotTemplatePath(path: string, allowed: Allowed): string | null {
  for (const variable of variablesIn(path)) {
    const wrong = whyNotVariable(variable, allowed)
    if (wrong) return wrong
  }
  const isOdd = [...path.matchAll(TOKEN)].some(([token]) => token.length === 1)
  return isOdd ? 'A brace without its twin. Write {{ or }} for one that is meant.' : null
}

function whyNotVariable({ name, format }: Variable, { perFile, events }: Allowed): string | null {
  const plain = name.replace(/^run\./, '')
  if (isOneOf(TIMES, plain)) {
    return plain === 'date' && format === '' ? 'A format is missing: {date:yyyy-MM-dd}.' : null
  }
  const isFiles = isOneOf(OF_FILE, name) || isEvents(name)
  if (!isFiles && !isOneOf(OF_RUN, name)) return whyUnknown(name, { perFile, events })
  if (isFiles && !perFile) return `{${name}} belongs to a file, so it has no meaning in the source path.`
  if (isEvents(name) && !events) {
    return `{${name}} is told by S3 events alone, and the template has no such trigger.`
  }
  return format === undefined ? null : `{${name}} takes no format.`
}

function whyUnknown(name: string, { perFile, events }: Allowed): string {
  const known = [
    ...[...TIMES, 'run.date', ...OF_RUN],
    ...(perFile ? OF_FILE : []),
    ...(perFile && events ? eventNames.map((one) => `event.${one}`) : []),
  ]
  return `There is no variable {${name}}. There are ${known.map((one) => `{${one}}`).join(' ')}.`
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name)
}

function isEvents(name: string): boolean {
  return name.startsWith('event.') && isOneOf(eventNames, name.slice('event.'.length))
}

/** Whether a destination says where each file goes by itself, so that a whole folder cannot be handed to rclone. */
export function isPerFile(path: string): boolean {
  return variablesIn(path).some(({ name }) => isOneOf(OF_FILE, name) || name.startsWith('event.'))
}

/** The first variable of a path that only an event gives a value. */
export function eventVariable(path: string): string | null {
  return variablesIn(path).find(({ name }) => name.startsWith('event.'))?.name ?? null
}

/** Thrown when a value would leave the folder, or there is none. The sentence is for people. */
export class VariableError extends Error {}

/** A path without variables. Values lose what would make them several folders, or a climb. Throws VariableError. */
export function fillIn(path: string, facts: Facts): string {
  return checked(fill(path, (variable) => textOf(variable, facts)))
}

function checked(whole: string): string {
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
  const whole = fill(destination, (variable) => textOf(variable, facts))
  const namesFile = variablesIn(lastPart(destination)).some(({ name }) =>
    isOneOf(['filename', 'name', 'ext'], name),
  )
  if (namesFile) {
    const name = whole.slice(whole.lastIndexOf('/') + 1)
    if (name === '' || name === '.') throw new VariableError(`"${whole}" leaves no name for the file.`)
    return checked(whole)
  }
  const { folder, filename } = partsOf(facts.file.path)
  const kept = variablesIn(destination).some(({ name }) => name === 'path') ? '' : folder
  const place = [checked(whole).replace(/\/$/, ''), kept, filename].filter((part) => part !== '').join('/')
  // A file has no such path of its own; whoever tells of one is not to be believed.
  if (/(^|\/)\.{0,2}(\/|$)/.test(place)) throw new VariableError(`"${place}" is no path of a file.`)
  return place
}

function partsOf(path: string): { folder: string; filename: string; name: string; ext: string } {
  const at = path.lastIndexOf('/')
  const filename = path.slice(at + 1)
  return { folder: at < 0 ? '' : path.slice(0, at), filename, ...splitName(filename) }
}

function textOf({ name, format }: Variable, facts: Facts): string {
  const plain = name.replace(/^run\./, '')
  if (isOneOf(TIMES, plain)) {
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
  const value = isEvents(name) ? file.detail[name.slice('event.'.length)] : undefined
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
