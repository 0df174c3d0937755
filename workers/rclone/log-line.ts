import { beforeSuffix, mayBeCut } from './partial-name.ts'
import type { LogLevel } from './types.ts'

/** What a line of rclone's log means to us; `other` is kept for the reader only. */
export type LineMeaning =
  | { kind: 'copied'; replaced: boolean }
  | { kind: 'moved' }
  | { kind: 'deleted' }
  /** The file has failed for good. */
  | { kind: 'failed' }
  /** Something went wrong with the file; whether it failed is said by a later line, or by none. */
  | { kind: 'trouble' }
  | { kind: 'delete-failed' }
  | { kind: 'duplicate' }
  | { kind: 'skipped'; reason: 'link' | 'special' }
  /** A folder's time could not be set: its files are there all the same. */
  | { kind: 'folder-time' }
  /** rclone keeps extra files because something failed earlier; it is never the reason itself. */
  | { kind: 'consequence' }
  | { kind: 'job-failed' }
  | { kind: 'other' }

export type LogLine = {
  at: Date
  level: LogLevel
  message: string
  /** In rclone's own spelling (names.ts), without a `.partial` suffix; null where the line is about no file. */
  path: string | null
  /** The name may have been cut to make room for the suffix: then the real one begins with `path`. */
  maybeCut: boolean
  size: number | null
  meaning: LineMeaning
}

const levels: readonly LogLevel[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical']

const LAST_TIME = Date.UTC(10_000)

/**
 * Reads one line of `--use-json-log`. Lines that are no JSON (a crash, a warning of the runtime) are kept as
 * text; null for a line about our own calls (`rc: …`), which may repeat what a call carried.
 */
export function parseLine(line: string): LogLine | null {
  const fields = readJson(line)
  const message = typeof fields?.msg === 'string' ? fields.msg : line
  if (message.startsWith('rc: ')) return null
  const level = levels.find((known) => known === fields?.level) ?? 'notice'
  const isWhole = typeof fields?.objectType === 'string' && /^\*.*\.Fs$/.test(fields.objectType)
  const named = typeof fields?.object === 'string' && fields.object !== '' && !isWhole ? fields.object : null
  return {
    at: timeOf(fields?.time),
    level,
    message,
    ...withoutSuffix(named, message),
    size: typeof fields?.size === 'number' ? fields.size : null,
    meaning: meaningOf(level, message, named !== null),
  }
}

/** Its time, or now where that is none; of a year with more than four digits a page knows nothing. */
function timeOf(text: unknown): Date {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return new Date(time >= 0 && time < LAST_TIME ? time : Date.now())
}

function meaningOf(level: LogLevel, message: string, named: boolean): LineMeaning {
  if (level === 'error' || level === 'critical') return errorMeaning(message, named)
  if (!named) return { kind: 'other' }
  if (/^(?:Multi-thread )?Copied \(/.test(message)) {
    return { kind: 'copied', replaced: /^[^)]*replaced existing/.test(message) }
  }
  if (message.startsWith('Moved (server-side)')) return { kind: 'moved' }
  if (message === 'Deleted') return { kind: 'deleted' }
  if (message.startsWith("Can't follow symlink")) return { kind: 'skipped', reason: 'link' }
  if (message.startsWith("Can't transfer non file")) return { kind: 'skipped', reason: 'special' }
  if (message === 'Duplicate object found in source - ignoring') return { kind: 'duplicate' }
  return { kind: 'other' }
}

function errorMeaning(message: string, named: boolean): LineMeaning {
  if (/^not deleting (?:files|directories) as there were IO errors/.test(message))
    return { kind: 'consequence' }
  if (!named) return { kind: 'job-failed' }
  if (message.startsWith('Failed to update directory timestamp')) return { kind: 'folder-time' }
  if (message.startsWith("Couldn't delete")) return { kind: 'delete-failed' }
  // Also said while two files are compared; rclone then copies the file anew, which may well succeed.
  if (/^Failed to (?:calculate \w+ hash|set modification time)/.test(message)) return { kind: 'trouble' }
  return { kind: 'failed' }
}

/** Lines about the copy in the making; all others speak of files by their own names. */
const ABOUT_PARTIAL =
  /^(?:corrupted on transfer|partial file rename failed|Removing (?:failed copy|partially written)|Failed to (?:remove failed|calculate dst hash))/

function withoutSuffix(name: string | null, message: string): { path: string | null; maybeCut: boolean } {
  const path = name !== null && ABOUT_PARTIAL.test(message) ? beforeSuffix(name) : null
  return path === null ? { path: name, maybeCut: false } : { path, maybeCut: mayBeCut(name!) }
}

function readJson(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
