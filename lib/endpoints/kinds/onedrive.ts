import { addressOf, type Kind } from './kind.ts'
import { folder, SIGNED_IN } from './words.ts'

export const onedrive: Kind = {
  type: 'onedrive',
  group: 'drives',
  label: 'OneDrive and SharePoint',
  sentence: SIGNED_IN,
  fields: ['token', 'region', 'drive_id', 'drive_type', 'client_id', 'client_secret', 'tenant'],
  path: folder,
  address: () => addressOf('https://graph.microsoft.com'),
}
