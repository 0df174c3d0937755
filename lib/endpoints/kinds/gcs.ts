import { addressOf, type Kind } from './kind.ts'
import { bucket } from './words.ts'

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
