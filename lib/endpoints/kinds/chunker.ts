import type { Kind } from './kind.ts'
import { oneReference } from './over.ts'
import { inside } from './words.ts'

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
