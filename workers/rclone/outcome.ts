import { type Cause, causes } from '#lib/jobs/causes.ts'
import type { Outcome } from './types.ts'

/** Why something failed, and a sentence that a person understands without knowing rclone. */
export type Reason = { cause: Cause; message: string }

type Rule = Reason & {
  pattern: RegExp /** A line rclone 1.75 really wrote, without the path. */
  example: string
}

/**
 * The one table from rclone's words to our causes; the first rule that matches wins, so the narrow ones come
 * first. rclone's exit codes and HTTP states say too little: 1 and 500 mean disk full as well as no permission.
 */
export const rules: readonly Rule[] = [
  {
    pattern:
      /no space left on device|file too big for remaining disk space|disk quota exceeded|InsufficientStorage|\b507\b/i,
    cause: 'disk_full',
    message: 'There is no space left at the destination.',
    example: 'Failed to copy: preallocate: file too big for remaining disk space',
  },
  {
    pattern: /read-only file system/i,
    cause: 'permission',
    message: 'The destination is mounted read-only.',
    example: 'Failed to copy: open /mnt/out/f.de19a338.partial: read-only file system',
  },
  {
    pattern: /source file is being updated/i,
    cause: 'source_changed',
    message: 'The file changed at the source while it was copied.',
    example:
      "Failed to copy: can't copy - source file is being updated (size changed from 3000000 to 3000002)",
  },
  {
    pattern: /file name too long/i,
    cause: 'name_not_allowed',
    message: 'The name is too long for the destination.',
    example: 'Failed to copy: open /mnt/out/eeee.partial: file name too long',
  },
  {
    pattern: /Duplicate object found in source/i,
    cause: 'name_not_allowed',
    message: 'The source holds two files that count as the same name; only one of them was taken.',
    example: 'Duplicate object found in source - ignoring',
  },
  {
    pattern: /not a path within the local root|illegal byte sequence|invalid argument/i,
    cause: 'name_not_allowed',
    message: 'The destination does not take this name.',
    example: '"．．": file name is not a path within the local root - check the encoding',
  },
  {
    pattern: /overlapping remotes|source and destination are the same/i,
    cause: 'overlap',
    message: 'Source and destination overlap.',
    example:
      "can't sync or move files on overlapping remotes (try excluding the destination with a filter rule)",
  },
  {
    pattern:
      /incompatible remotes|: not a directory$|: is a directory$|: file exists$|is a directory not a file|^is a file not a directory$/i,
    cause: 'in_the_way',
    message: 'A file is in the way where a folder belongs, or a folder where a file belongs.',
    example: 'Failed to copy: mkdir /mnt/out/p: not a directory',
  },
  {
    pattern: /failed to open (?:source object|directory).*(?:permission denied|operation not permitted)/i,
    cause: 'permission',
    message: 'It may not be read: permission denied.',
    example: 'Failed to copy: failed to open source object: open /srv/in/b: permission denied',
  },
  {
    pattern: /^EACCES: permission denied, (?:l?stat|opendir|scandir|realpath|open) /,
    cause: 'permission',
    message: 'It may not be read: permission denied.',
    example: "EACCES: permission denied, opendir '/srv/in'",
  },
  {
    pattern: /^Couldn't delete: .*(?:permission denied|operation not permitted)/i,
    cause: 'permission',
    message: 'It may not be deleted: permission denied.',
    example: "Couldn't delete: remove /srv/in/a: permission denied",
  },
  {
    pattern: /^Couldn't move: .*(?:permission denied|operation not permitted)/i,
    cause: 'permission',
    message: 'It may not be moved: permission denied.',
    example: "Couldn't move: rename /srv/in/a /mnt/out/a: permission denied",
  },
  {
    pattern:
      /unable to authenticate|login incorrect|401 Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch|invalid_grant|logon is invalid|token.*expired|couldn't decrypt|host key mismatch|knownhosts: key/i,
    cause: 'sign_in',
    message: 'The storage refused the sign-in.',
    example:
      "couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password]",
  },
  {
    pattern: /permission denied|operation not permitted|access is denied|AccessDenied|403 Forbidden/i,
    cause: 'permission',
    message: 'It may not be written: permission denied.',
    example: 'Failed to copy: open /mnt/out/a.ef667876.partial: permission denied',
  },
  {
    pattern:
      /connection (?:refused|reset|timed out)|no such host|i\/o timeout|broken pipe|network is unreachable|no route to host|unexpected EOF|server misbehaving|TLS handshake|context deadline exceeded|use of closed network connection|\b50[234]\b/i,
    cause: 'network',
    message: 'The connection to the storage failed.',
    example: 'Put "http://127.0.0.1:1/f": dial tcp 127.0.0.1:1: connect: connection refused',
  },
  {
    pattern: /corrupted on transfer/i,
    cause: 'corrupted',
    message: 'The copy did not match the source and was removed.',
    example:
      'corrupted on transfer: md5 hashes differ src(S3 bucket bkt) "3030" vs dst(Local file system at /mnt/out) "3985"',
  },
  {
    pattern:
      /^(?:error (?:listing|in ListJSON|reading source root directory): )?(?:directory|object) not found$/i,
    cause: 'source_missing',
    message: 'The source is not there.',
    example: 'error reading source root directory: directory not found',
  },
  {
    pattern: /no such file or directory|(?:object|directory) not found/i,
    cause: 'source_changed',
    message: 'The file or its folder was gone when its turn came.',
    example: 'Failed to copy: failed to open source object: lstat /srv/in/g5: no such file or directory',
  },
]

/** What rclone's words mean; `unknown` keeps them. */
export function reasonOf(text: string): Reason {
  // What matters stands at either end; some patterns take the square of a length that a hostile line may have.
  const words = text.length > 8192 ? `${text.slice(0, 4096)}\n${text.slice(-4096)}` : text
  const rule = rules.find(({ pattern }) => pattern.test(words))
  return rule ? { cause: rule.cause, message: rule.message } : { cause: 'unknown', message: clip(text) }
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
  const whole = [...jobErrors, ...(error === null ? [] : [error])].map(reasonOf)
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

/** One cause for all keeps its name (a full disk is a full disk); several are `files_failed`. */
function failedFiles(failures: Ending['failures']): Reason | null {
  const [first, second] = failures
  if (!first) return null
  const [cause, { files, message }] = first
  if (!second) return { cause, message: files === 1 ? message : `${files} files failed: ${message}` }
  const each = [...failures.values()].sort((a, b) => b.files - a.files)
  const count = each.reduce((sum, failure) => sum + failure.files, 0)
  const reasons = each.map((failure) => `${failure.message} (${failure.files})`).join(' ')
  return { cause: 'files_failed', message: clip(`${count} files failed for different reasons: ${reasons}`) }
}

function clip(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500).toWellFormed()}…` : text
}
