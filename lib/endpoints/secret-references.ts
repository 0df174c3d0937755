// Browser-safe. A secret may be given as the name of a place that the agent reads at each use, so that it is never here.

/** Only these variables of an agent can be named: nothing else of its environment. */
const VARIABLE = /^env:FILE_ORBIT_SECRET_[A-Z0-9_]+$/
/** Our own settings, which begin alike. */
const OURS = new Set([
  'env:FILE_ORBIT_SECRET_KEY',
  'env:FILE_ORBIT_SECRET_FILES',
  'env:FILE_ORBIT_SECRET_STORES',
])
/** A name below the folder that the agent allows; whether it stays there is checked where it is read. */
const FILE = /^file:[^\0]+$/
/** A name or an ARN, and the key in its JSON: https://docs.aws.amazon.com/secretsmanager/latest/userguide/ */
const AWS_SECRET = /^aws-secret:[A-Za-z0-9/_+=.@:-]{1,2048}(#[^\0#]{1,200})?$/
/** Mount and path of a KV version 2 engine, and the key in it. */
const VAULT = /^vault:[^\s\0#?%\\/]+(\/[^\0#?%\\/]+)+#[^\0#]{1,200}$/

/** What a reference of each kind looks like, for people. */
const FORMS: Record<string, { isRight: (value: string) => boolean; form: string }> = {
  env: {
    isRight: (value) => VARIABLE.test(value) && !OURS.has(value),
    form: 'Only variables of the agent that begin with FILE_ORBIT_SECRET_ can be named, such as env:FILE_ORBIT_SECRET_NAS.',
  },
  file: {
    isRight: (value) => FILE.test(value) && !climbs(value) && !value.startsWith('file:/'),
    form: 'A file below the folder that the agent allows, such as file:nas-password, without "..".',
  },
  'aws-secret': {
    isRight: (value) => AWS_SECRET.test(value),
    form: 'A secret of AWS Secrets Manager by its name or ARN, with the key where it is JSON: aws-secret:file-orbit/nas#password.',
  },
  vault: {
    isRight: (value) => VAULT.test(value) && !climbs(value),
    form: 'Mount, path and key of HashiCorp Vault’s KV version 2, such as vault:secret/file-orbit/nas#password.',
  },
}

/** The kind of place that a secret's value names; null for what is the secret itself. */
export function referenceScheme(value: string): string | null {
  const [scheme = ''] = value.split(':', 1)
  return value.includes(':') && Object.hasOwn(FORMS, scheme) ? scheme : null
}

/** Whether a secret's value names a place instead of being the secret. */
export function isSecretReference(value: string): boolean {
  return referenceScheme(value) !== null
}

/** What is wrong with a reference, or null: for it, and for what is none. */
export function whyNotReference(value: string): string | null {
  const found = FORMS[referenceScheme(value) ?? '']
  return !found || found.isRight(value) ? null : found.form
}

function climbs(value: string): boolean {
  return value
    .slice(value.indexOf(':') + 1)
    .replace(/#.*$/s, '')
    .split('/')
    .some((part) => part === '..' || part === '.')
}
