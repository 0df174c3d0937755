import { addressOf, type Kind } from './kind.ts'
import { bucket } from './words.ts'

export const b2: Kind = {
  type: 'b2',
  group: 'buckets',
  label: 'Backblaze B2',
  sentence: 'Buckets at Backblaze; a key for one bucket is enough.',
  fields: ['account', 'key', 'hard_delete'],
  words: { account: { label: 'Key ID' }, key: { label: 'Application key' } },
  path: bucket,
  address: () => addressOf('https://api.backblazeb2.com'),
}
