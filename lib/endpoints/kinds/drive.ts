import { addressOf, type Kind } from './kind.ts'
import { folder, SIGNED_IN } from './words.ts'

export const drive: Kind = {
  type: 'drive',
  group: 'drives',
  label: 'Google Drive',
  sentence: SIGNED_IN,
  fields: ['token', 'client_id', 'client_secret', 'scope', 'team_drive', 'service_account_credentials'],
  words: {
    client_id: {
      label: 'Client ID',
      help: 'Of an application of your own at Google: rclone’s shared one is slow.',
    },
    client_secret: { label: 'Client secret' },
    team_drive: { label: 'Shared drive (ID)' },
    service_account_credentials: { label: 'Service account', help: 'Its JSON, instead of signing in.' },
  },
  path: folder,
  address: () => addressOf('https://www.googleapis.com'),
}
