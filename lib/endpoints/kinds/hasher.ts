import type { Kind } from './kind.ts'
import { oneReference } from './over.ts'
import { inside } from './words.ts'

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
