import { hostAddress, type Kind } from './kind.ts'

export const ftp: Kind = {
  type: 'ftp',
  group: 'shares',
  label: 'FTP',
  sentence:
    'Old, but everywhere. Choose TLS where the server has it: without, the password travels in clear.',
  fields: ['host', 'port', 'user', 'pass', 'explicit_tls', 'tls'],
  words: {
    host: { label: 'Host', example: 'ftp.studio.example' },
    port: { label: 'Port', example: '21' },
    user: { label: 'User' },
    pass: { label: 'Password' },
    explicit_tls: { label: 'TLS on the same port (explicit)', help: 'The usual form of FTPS.' },
    tls: { label: 'TLS from the start (implicit)', help: 'Mostly port 990.' },
  },
  path: {
    label: 'Folder',
    help: 'As the server shows it after sign-in.',
    example: 'incoming',
    required: false,
  },
  address: (settings) => {
    const implicit = settings.tls === 'true'
    return hostAddress(settings, implicit ? 990 : 21, implicit ? 'tls' : null)
  },
}
