import { addressOf, issueAt, type Kind } from './kind.ts'

export const s3: Kind = {
  type: 's3',
  group: 'buckets',
  label: 'S3',
  sentence: 'Amazon S3 and what speaks like it: MinIO, Wasabi, Cloudflare R2, Ceph and others.',
  fields: [
    'provider',
    'access_key_id',
    'secret_access_key',
    'env_auth',
    'region',
    'endpoint',
    'force_path_style',
  ],
  words: {
    provider: { label: 'Provider', help: 'Decides which other fields there are.' },
    access_key_id: { label: 'Access key ID', help: 'Empty for the machine’s own role.' },
    secret_access_key: { label: 'Secret access key', help: 'Kept sealed; never shown again.' },
    env_auth: {
      label: 'Use the machine’s own role',
      help: 'The agent signs in as the instance or container it runs on.',
    },
    region: { label: 'Region', example: 'eu-central-1' },
    endpoint: {
      label: 'Endpoint URL',
      help: 'Where the storage answers, when it is not Amazon’s.',
      example: 'https://minio.studio.example:9000',
    },
    force_path_style: {
      label: 'Bucket in the path',
      help: 'As most servers of one’s own want it: https://host/bucket instead of https://bucket.host.',
    },
  },
  path: {
    label: 'Bucket and prefix',
    help: 'A key for this bucket alone is enough: nothing asks for the list of buckets.',
    example: 'rushes/2026',
    required: false,
  },
  defaults: { provider: 'Other', no_check_bucket: 'true' },
  check: ({ settings }, has) => {
    if (settings.env_auth === 'true') return []
    const keyed = has('access_key_id') || settings.provider !== 'AWS'
    const issues = keyed
      ? []
      : [issueAt('access_key_id', 'The access key, or choose the machine’s own role.')]
    if (has('access_key_id') && !has('secret_access_key')) {
      issues.push(issueAt('secret_access_key', 'The secret that belongs to the access key.'))
    }
    if (settings.provider !== 'AWS' && !settings.endpoint && settings.provider === 'Other') {
      issues.push(
        issueAt('endpoint', 'The URL where the storage answers, such as https://minio.example:9000.'),
      )
    }
    return issues
  },
  address: (settings) =>
    settings.endpoint || settings.provider !== 'AWS'
      ? addressOf(settings.endpoint)
      : addressOf(`https://s3.${settings.region || 'us-east-1'}.amazonaws.com`),
}
