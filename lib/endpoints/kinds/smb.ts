import { type Draft, hostAddress, issueAt, type Kind } from './kind.ts'

export const smb: Kind = {
  type: 'smb',
  group: 'shares',
  label: 'SMB / CIFS',
  sentence: 'Windows shares and most NAS devices. A UNC path may be pasted as it is.',
  fields: ['host', 'port', 'user', 'pass', 'domain'],
  words: {
    host: {
      label: 'Host',
      help: 'Or the whole UNC path: \\\\nas\\media\\raw.',
      example: 'nas.studio.example',
    },
    port: { label: 'Port', example: '445' },
    user: { label: 'User', help: 'DOMAIN\\user and user@domain are understood.' },
    pass: { label: 'Password' },
    domain: { label: 'Domain or workgroup', example: 'WORKGROUP' },
  },
  path: {
    label: 'Share and folder',
    help: 'The share’s name first. Browse lists the shares.',
    example: 'media/raw',
    required: false,
  },
  normalise: (draft) => splitAccount(splitUnc(draft)),
  check: ({ settings }) =>
    settings.host && /[\\/]/.test(settings.host)
      ? [issueAt('host', 'A host such as nas.studio.example, or a UNC path such as \\\\nas\\media.')]
      : [],
  address: (settings) => hostAddress(settings, 445, null),
}

/** `\\nas\media\raw` or `smb://nas/media/raw`, wherever it was pasted. */
function splitUnc({ path, settings }: Draft): Draft {
  for (const [text, rest] of [
    [settings.host ?? '', path],
    [path, ''],
  ] as const) {
    const unc = /^(?:\\\\|\/\/|smb:\/\/|cifs:\/\/)([^\\/:]+)(?::(\d+))?(?:[\\/]+(.*))?$/i.exec(text.trim())
    if (!unc) continue
    const [, host = '', port, below = ''] = unc
    const folders = [...below.split(/[\\/]+/), ...rest.split(/[\\/]+/)].filter((part) => part !== '')
    return { path: folders.join('/'), settings: { ...settings, host, ...(port && { port }) } }
  }
  return {
    path: path
      .split(/[\\/]+/)
      .filter((part) => part !== '')
      .join('/'),
    settings,
  }
}

function splitAccount({ path, settings }: Draft): Draft {
  const { user = '', domain } = settings
  const [, before, after] = /^([^\\]+)\\(.+)$/.exec(user) ?? []
  if (before && after) return { path, settings: { ...settings, user: after, domain: before } }
  const [, name, place] = /^([^@]+)@([^@]+)$/.exec(user) ?? []
  if (name && place && !domain) return { path, settings: { ...settings, user: name, domain: place } }
  return { path, settings }
}
