import type { FieldIssue } from '#lib/errors.ts'
import { folderOf, referencesIn } from '../references.ts'
import { issueAt, type Kind } from './kind.ts'

// Kinds that lie over other endpoints. Which one is chosen from a list, never typed as a connection string.

const inside = { label: 'Folder', help: 'Below what it lies over.', example: '', required: false }

export const crypt: Kind = {
  type: 'crypt',
  group: 'over',
  label: 'Encrypted',
  sentence: 'Encrypts names and contents on the agent, over another endpoint.',
  fields: ['remote', 'password', 'password2', 'filename_encryption', 'directory_name_encryption'],
  words: {
    remote: { label: 'Lies over' },
    password: { label: 'Password', help: 'Keep it elsewhere too: without it nothing can be read again.' },
    password2: { label: 'Salt', help: 'A second password; recommended.' },
  },
  path: inside,
  check: ({ settings }) => oneReference(settings.remote),
}

export const alias: Kind = {
  type: 'alias',
  group: 'over',
  label: 'Folder of an endpoint',
  sentence: 'A shorter way to a folder of another endpoint.',
  fields: ['remote'],
  words: { remote: { label: 'Lies over' } },
  path: inside,
  check: ({ settings }) => oneReference(settings.remote),
}

export const compress: Kind = {
  type: 'compress',
  group: 'over',
  label: 'Compressed',
  sentence: 'Compresses files on the agent, over another endpoint.',
  fields: ['remote', 'mode', 'level'],
  words: { remote: { label: 'Lies over' } },
  path: inside,
  check: ({ settings }) => oneReference(settings.remote),
}

export const chunker: Kind = {
  type: 'chunker',
  group: 'over',
  label: 'Split in chunks',
  sentence: 'Splits large files, over an endpoint that takes none.',
  fields: ['remote', 'chunk_size', 'hash_type'],
  words: { remote: { label: 'Lies over' } },
  path: inside,
  check: ({ settings }) => oneReference(settings.remote),
}

export const hasher: Kind = {
  type: 'hasher',
  group: 'over',
  label: 'With checksums',
  sentence: 'Checksums for an endpoint that has none, kept by the agent.',
  fields: ['remote', 'hashes', 'max_age', 'auto_size'],
  words: {
    remote: { label: 'Lies over' },
    hashes: { label: 'Checksums', help: 'One or several, with commas between.', example: 'md5,sha1' },
    max_age: { label: 'Keep for', help: 'Such as 30d. Off: for ever; 0: not at all.' },
    auto_size: {
      label: 'Read what is smaller',
      help: 'A file below this size whose checksum is not known is read whole when it is asked for.',
      example: '10M',
    },
  },
  path: inside,
  check: ({ settings }) => oneReference(settings.remote),
}

export const union: Kind = {
  type: 'union',
  group: 'over',
  label: 'Union',
  sentence: 'Several endpoints, shown as one.',
  fields: ['upstreams', 'create_policy', 'action_policy', 'search_policy'],
  words: { upstreams: { label: 'Lies over', help: 'One a line; the first that has a file wins.' } },
  path: inside,
  check: ({ settings }) => {
    const issues = someReferences(settings.upstreams, /^endpoint:[0-9a-f-]{36}(\/[^:]*)?(:ro|:nc)?$/)
    const isOne = issues.length === 0 && linesOf(settings.upstreams).length === 1
    return isOne ? [issueAt('upstreams', 'A union is of two endpoints or more: add another one.')] : issues
  },
}

export const combine: Kind = {
  type: 'combine',
  group: 'over',
  label: 'Combined',
  sentence: 'Several endpoints, each as a folder of its own.',
  fields: ['upstreams'],
  words: { upstreams: { label: 'Lies over', help: 'One a line: folder=endpoint.' } },
  path: inside,
  check: ({ settings }) => [
    ...someReferences(settings.upstreams, /^[^=/\\]+=endpoint:[0-9a-f-]{36}(\/.*)?$/),
    ...whyNotFolders(settings.upstreams),
  ],
}

/** rclone takes a folder's name as it stands, blanks and all; what we say of where it lies must be of the same one. */
function whyNotFolders(upstreams: string | undefined): FieldIssue[] {
  const names = linesOf(upstreams).map((line) => line.split('=', 1)[0]!)
  const wrong = names.find((name) => name !== name.trim() || name === '.' || name === '..')
  if (wrong === undefined) return []
  const message = `"${wrong.slice(0, 80)}" is no name for a folder: write it without blanks before and after it.`
  return [issueAt('upstreams', message)]
}

/**
 * What is wrong with the options that name what an endpoint lies over; for types of which nothing else is known, and on
 * the agent, where an older row may hold a connection string.
 */
export function whyNotOver(type: string, settings: Record<string, string>): FieldIssue[] {
  const check = [crypt, alias, compress, chunker, hasher, union, combine].find(
    (kind) => kind.type === type,
  )?.check
  if (check) return check({ path: '', settings }, () => true)
  if (settings.upstreams !== undefined)
    return someReferences(settings.upstreams, /^endpoint:[0-9a-f-]{36}(\/[^:]*)?$/)
  return settings.remote === undefined ? [] : oneReference(settings.remote)
}

/** A folder after a reference stays below it. */
function climbs(value: string): boolean {
  return /(^|[/\\])\.\.?([/\\]|:|$)/.test(folderOf(value)) || /[\0\r\n]/.test(value)
}

function oneReference(value: string | undefined) {
  const [reference] = referencesIn(value ?? '')
  const form = /^endpoint:[0-9a-f-]{36}(\/[^\n]*)?$/
  const right = reference !== undefined && form.test(value ?? '') && !climbs(value ?? '')
  return right
    ? []
    : [issueAt('remote', 'The endpoint that it lies over: endpoint:<id>, or endpoint:<id>/folder.')]
}

function linesOf(upstreams = ''): string[] {
  return upstreams.split('\n').filter((line) => line.trim() !== '')
}

/** One a line in our words; rclone's own list, with its quotes, is made on the agent. */
function someReferences(value: string | undefined, form: RegExp) {
  const lines = linesOf(value)
  if (lines.length === 0) return [issueAt('upstreams', 'At least one endpoint, one a line.')]
  const wrong = lines.find((line) => !form.test(line.trim()) || climbs(line.trim()))
  return wrong === undefined
    ? []
    : [
        issueAt(
          'upstreams',
          `"${wrong.slice(0, 80)}" names no endpoint: endpoint:<id> is expected, one a line.`,
        ),
      ]
}
