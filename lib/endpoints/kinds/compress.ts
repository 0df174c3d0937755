import type { Kind } from './kind.ts'
import { oneReference } from './over.ts'
import { inside } from './words.ts'

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
