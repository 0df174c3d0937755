import { addressOf, issueAt, type Kind } from './kind.ts'

export const webdav: Kind = {
  type: 'webdav',
  group: 'shares',
  label: 'WebDAV',
  sentence: 'Nextcloud, ownCloud, SharePoint and other servers that speak WebDAV.',
  fields: ['url', 'vendor', 'user', 'pass', 'bearer_token'],
  words: {
    url: { label: 'URL', example: 'https://cloud.studio.example/remote.php/dav/files/ops' },
    vendor: { label: 'Server', help: 'Some need care of their own.' },
    user: { label: 'User' },
    pass: { label: 'Password' },
    bearer_token: { label: 'Bearer token', help: 'Instead of user and password.' },
  },
  path: { label: 'Folder', help: 'Below the URL.', example: 'Projects', required: false },
  check: ({ settings }) =>
    settings.url && !/^https?:\/\//i.test(settings.url)
      ? [issueAt('url', 'A URL that begins with https:// or http://.')]
      : [],
  address: (settings) => addressOf(settings.url),
}
