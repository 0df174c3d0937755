import type { Kind } from './kind.ts'
import { oneReference } from './over.ts'
import { inside } from './words.ts'

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
