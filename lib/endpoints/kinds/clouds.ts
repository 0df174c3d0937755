import { addressOf, type Kind } from './kind.ts'

const SIGNED_IN = 'You sign in at the service; File Orbit keeps only the token, sealed.'

const folder = { label: 'Folder', help: 'Empty for everything.', example: 'Projects/2026', required: false }
const bucket = {
  label: 'Bucket and prefix',
  help: 'The bucket’s name first.',
  example: 'archive/2026',
  required: false,
}

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

export const onedrive: Kind = {
  type: 'onedrive',
  group: 'drives',
  label: 'OneDrive and SharePoint',
  sentence: SIGNED_IN,
  fields: ['token', 'region', 'drive_id', 'drive_type', 'client_id', 'client_secret', 'tenant'],
  path: folder,
  address: () => addressOf('https://graph.microsoft.com'),
}

export const dropbox: Kind = {
  type: 'dropbox',
  group: 'drives',
  label: 'Dropbox',
  sentence: SIGNED_IN,
  fields: ['token', 'client_id', 'client_secret'],
  path: folder,
  address: () => addressOf('https://api.dropboxapi.com'),
}

export const gcs: Kind = {
  type: 'google cloud storage',
  group: 'buckets',
  label: 'Google Cloud Storage',
  sentence: 'Buckets at Google, by a service account, the machine’s own, or by signing in.',
  fields: ['service_account_credentials', 'env_auth', 'token', 'project_number', 'location'],
  words: {
    service_account_credentials: { label: 'Service account', help: 'Paste its JSON.' },
    env_auth: { label: 'Use the machine’s own account' },
  },
  path: bucket,
  defaults: { no_check_bucket: 'true' },
  address: ({ endpoint }) => addressOf(endpoint || 'https://storage.googleapis.com'),
}

export const azureblob: Kind = {
  type: 'azureblob',
  group: 'buckets',
  label: 'Azure Blob Storage',
  sentence: 'Containers at Microsoft Azure, by account key or shared access signature.',
  fields: ['account', 'key', 'sas_url', 'endpoint'],
  words: {
    account: { label: 'Storage account' },
    key: { label: 'Account key' },
    sas_url: { label: 'SAS URL' },
  },
  path: { ...bucket, label: 'Container and prefix', help: 'The container’s name first.' },
  address: ({ endpoint, account }) =>
    addressOf(endpoint || (account && `https://${account}.blob.core.windows.net`)),
}

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
