import type { Kind } from './kind.ts'
import { oneReference } from './over.ts'
import { inside } from './words.ts'

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
