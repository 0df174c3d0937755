import { addressOf, type Kind } from './kind.ts'
import { folder, SIGNED_IN } from './words.ts'

export const dropbox: Kind = {
  type: 'dropbox',
  group: 'drives',
  label: 'Dropbox',
  sentence: SIGNED_IN,
  fields: ['token', 'client_id', 'client_secret'],
  path: folder,
  address: () => addressOf('https://api.dropboxapi.com'),
}
