import { type Cause, causes } from '#lib/jobs/causes.ts'
import { rules } from './outcome-rules.ts'
import type { Outcome } from './types.ts'

/** Why something failed, and a sentence that a person understands without knowing rclone. */
export type Reason = { cause: Cause; message: string }

/** What rclone's words mean, of a storage of this type where that is known; `unknown` keeps them. */
export function reasonOf(text: string, type?: string): Reason {
  // What matters stands at either end; some patterns take the square of a length that a hostile line may have.
  const words = text.length > 8192 ? `${text.slice(0, 4096)}\n${text.slice(-4096)}` : text
  for (const { cause, pattern, message, only } of rules) {
    if (only && (type === undefined || !only.has(type))) continue
    const found = pattern.exec(words)
    if (found) return { cause, message: typeof message === 'string' ? message : message(found) }
  }
  return { cause: 'unknown', message: clip(text) }
}

/** Whether rclone says that it was stopped, not that it failed. */
export function isCancelled(text: string): boolean {
  return /context canceled/i.test(text)
}

export type Ending = {
  /** Our stop was asked for. */
  stopped: boolean
  /** The slot's process ended before it answered. */
  died: boolean
  /** The call's own error, null for an answer. */
  error: string | null
  /** Errors about the whole, in order. */
  jobErrors: readonly string[]
  /** For each cause, how many files failed with it and the first one's sentence. */
  failures: ReadonlyMap<Cause, { files: number; message: string }>
  /** Files that our stop cut short. */
  cancelledFiles: number
  /** Errors that rclone counted, and how many of them are about folder times only. */
  errors: number
  folderTimes: number
  lastError: string | null
}

/**
 * How an attempt ended. A call may answer well although files failed: rclone does so where a folder of the
 * source could not be listed, so the error count decides, not the answer.
 */
export function outcomeOf(end: Ending): Outcome {
  if (end.died && end.stopped) return { kind: 'cancelled' }
  if (end.died) return { kind: 'interrupted', cause: 'rclone_died', message: causes.rclone_died.title }
  const { error, jobErrors } = end
  if (end.stopped && (end.cancelledFiles > 0 || (error !== null && isCancelled(error))))
    return { kind: 'cancelled' }
  const whole = [...jobErrors, ...(error === null ? [] : [error])].map((text) => reasonOf(text))
  const files = failedFiles(end.failures)
  if (files) return { kind: 'failed', ...files }
  if (onlyFolderTimes(end)) return { kind: 'completed' }
  const named = whole.find(({ cause }) => cause !== 'unknown') ?? whole[0]
  if (named) return { kind: 'failed', ...named }
  if (end.errors > end.folderTimes)
    return { kind: 'failed', ...reasonOf(end.lastError ?? 'rclone counted errors') }
  return { kind: 'completed' }
}

/**
 * Whether nothing went wrong but the times of folders that belong to somebody else: their files have arrived.
 * Where rclone sees another time while listing it fails with "chtimes …" and no line; where its own writing
 * changed the time it says "failed to set directory modtime".
 */
function onlyFolderTimes({ error, jobErrors, folderTimes, lastError, errors }: Ending): boolean {
  const said = [...jobErrors, ...(error === null ? [] : [error])]
  if (said.length === 0 || !said.every(isFolderTime)) return false
  if (folderTimes > 0) return true
  // Of several errors only the last has words; the others may be folders that could not be read.
  return errors <= 1 && (lastError === null || isFolderTime(lastError))
}

function isFolderTime(text: string): boolean {
  return /^chtimes |failed to set directory modtime/.test(text)
}

/**
 * One cause for all keeps its name (a full disk is a full disk). Several are `files_failed`, which is tried again, as
 * long as one of them may pass by itself; else only a person can help: `files_blocked`.
 */
function failedFiles(failures: Ending['failures']): Reason | null {
  const [first, second] = failures
  if (!first) return null
  const [cause, { files, message }] = first
  if (!second) return { cause, message: files === 1 ? message : `${files} files failed: ${message}` }
  const each = [...failures.values()].sort((a, b) => b.files - a.files)
  const count = each.reduce((sum, failure) => sum + failure.files, 0)
  const reasons = each.map((failure) => `${failure.message} (${failure.files})`).join(' ')
  const mayPass = [...failures.keys()].some((one) => causes[one].retry !== 'person')
  const both = mayPass ? 'files_failed' : 'files_blocked'
  return { cause: both, message: clip(`${count} files failed for different reasons: ${reasons}`) }
}

function clip(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500).toWellFormed()}…` : text
}
