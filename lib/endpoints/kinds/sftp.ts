import { hostAddress, issueAt, type Kind } from './kind.ts'

export const sftp: Kind = {
  type: 'sftp',
  group: 'shares',
  label: 'SFTP',
  sentence: 'Any machine with SSH. Its host key is shown once, to be accepted, and checked ever after.',
  fields: ['host', 'port', 'user', 'pass', 'key_pem', 'key_file_pass', 'host_keys'],
  words: {
    host: { label: 'Host', example: 'nas.studio.example' },
    port: { label: 'Port', example: '22' },
    user: { label: 'User' },
    pass: { label: 'Password', help: 'Or a key below. Without either the agent’s ssh-agent is asked.' },
    key_pem: { label: 'Private key', help: 'Paste it whole, from BEGIN to END.' },
    key_file_pass: { label: 'Passphrase of the key' },
    host_keys: {
      label: 'Host key',
      help: 'What the server must show. Leave it empty: the first test shows it for you to accept.',
    },
  },
  path: {
    label: 'Folder',
    help: 'From “/”, or without it from the user’s home folder.',
    example: '/srv/exchange',
    required: false,
  },
  normalise: ({ path, settings }) => {
    const { key_pem: key, ...rest } = settings
    return {
      path,
      settings: key === undefined ? rest : { ...rest, key_pem: key.replace(/\r\n?/g, '\n').trim() },
    }
  },
  check: ({ settings }) => {
    const key = settings.key_pem
    const whole = !key || /^-----BEGIN [^-]+-----(\n|\\n)[\s\S]+-----END [^-]+-----/.test(key)
    const issues = whole
      ? []
      : [
          issueAt(
            'key_pem',
            'This is no private key in PEM form: paste it from BEGIN to END, both lines included.',
          ),
        ]
    for (const entry of settings.host_keys?.split(',') ?? []) {
      if (!/^\s*[\w@.-]+ [A-Za-z0-9+/=]+\s*$/.test(entry)) {
        issues.push(issueAt('host_keys', 'Each host key is its kind and its base64: ssh-ed25519 AAAA…'))
        break
      }
    }
    return issues
  },
  // rclone takes a key on one line; its own default asks a known_hosts file only when one is named.
  toRclone: ({ key_pem: key, ...settings }) => ({
    ...settings,
    ...(key && { key_pem: `${key.replaceAll('\n', '\\n')}\\n` }),
  }),
  fromRclone: ({ key_pem: key, ...settings }) => ({
    ...settings,
    ...(key && { key_pem: key.replaceAll('\\n', '\n').trim() }),
  }),
  address: (settings) => hostAddress(settings, 22, 'ssh'),
}
