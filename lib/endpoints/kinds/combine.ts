import type { FieldIssue } from '#lib/errors.ts'
import { issueAt, type Kind } from './kind.ts'
import { linesOf, someReferences } from './over.ts'
import { inside } from './words.ts'

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
