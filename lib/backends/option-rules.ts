// Browser-safe. What we make of rclone's options beyond what it says of them itself.

/**
 * Options rclone marks as sensitive that are names, not secrets: a person must be able to read back which account
 * an endpoint uses. Whatever is sensitive and not listed here is written and never shown: a new backend's unknown
 * option is rather hidden than told.
 */
const NAMES = new Set([
  ...[
    'host',
    'user',
    'username',
    'user_id',
    'email',
    'apple_id',
    'account',
    'account_id',
    'domain',
    'namenode',
  ],
  ...[
    'access_key_id',
    'client_id',
    'public_key',
    'app_id',
    'api_url',
    'url',
    'spn',
    'service_principal_name',
  ],
  ...['tenant', 'tenant_id', 'tenant_domain', 'project_number', 'user_project', 'drive_id', 'team_drive'],
  ...[
    'root_folder_id',
    'root_folder_slug',
    'root_id',
    'workspace_id',
    'deleted_id',
    'sse_kms_key_id',
    'device_id',
  ],
  ...['application_credential_id', 'application_credential_name', 'impersonate', 'impersonate_admin'],
  ...['plex_username', 'resource_key'],
])

/**
 * Options that hold a secret though rclone marks them as nothing: headers carry cookies and passwords, the address of a
 * proxy a password, and some keys were forgotten.
 */
const HOLDS_SECRET = /(^|_)(headers|proxy|token|api_key|cookies)$/

export function isAlwaysSecret(name: string): boolean {
  return HOLDS_SECRET.test(name)
}

export function isSecret(option: { name: string; isPassword: boolean; sensitive: boolean }): boolean {
  const { name, isPassword, sensitive } = option
  return isPassword || isAlwaysSecret(name) || (sensitive && !NAMES.has(name))
}

/** Ours to set: what the slot needs to keep names exact, and what only labels a remote. */
const OURS = new Set([
  'description',
  'config_is_local',
  'config_refresh_token',
  'config_template',
  'config_template_file',
])

/** Options that start a program on the agent's machine, or say how. */
export function runsCommand(name: string): boolean {
  return name.endsWith('_command') || ['ssh', 'set_env', 'subsystem', 'use_az'].includes(name)
}

/**
 * Why an option is not taken, or null. Some of rclone's options start a program on the agent's machine, others
 * read a file of it: whoever may make an endpoint would have a shell there, or any file of the agent.
 */
export function whyRefused(type: string, name: string): string | null {
  // `override.metadata_mapper` and its like set options of rclone itself for one storage: some of those run commands.
  // All others are words without a dot, such as `2fa` and `configVersion`.
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_]*$/.test(name)) return 'It is no setting of a storage.'
  if (runsCommand(name)) {
    return 'It would run a command, which only the agent’s own settings allow (FILE_ORBIT_ALLOW_COMMANDS).'
  }
  if (name === 'unix_socket' || name === 'ask_password' || name === 'pin_host_key') {
    return 'It has no place in an endpoint that runs unattended.'
  }
  if (name === 'sts_endpoint') return 'The machine’s own role would be told to it.'
  if ((/(_file|_path)$/.test(name) || name === 'kerberos_ccache') && name !== 'tmp_upload_path') {
    return (
      'It would read a file of the agent. Paste the content into the option that takes it, or give ' +
      '`file:` and a name under the folder that the agent allows.'
    )
  }
  if (type === 'cache' || name === 'db_path' || name === 'chunk_path' || name === 'tmp_upload_path') {
    return 'It would write files of its own on the agent.'
  }
  return OURS.has(name) ? 'File Orbit sets it itself.' : null
}

/** Types that have no use, or a dangerous one, as an endpoint. */
export function isHiddenType(type: string): boolean {
  return ['cache', 'memory'].includes(type)
}

/** Where a sign-in without OAuth puts what it found, by type; elsewhere it is the `token`. */
const SIGNED_INTO: Record<string, string> = {
  ...{ iclouddrive: 'trust_token', seafile: 'auth_token', sugarsync: 'refresh_token' },
}

/** Whether rclone has questions for a type without OAuth. */
export function asksToSignIn(type: string): boolean {
  return type in SIGNED_INTO
}

/** The option that a sign-in fills, where there is one. */
export function signedInto({ type, oauth }: { type: string; oauth: boolean }): string | null {
  return oauth ? (SIGNED_INTO[type] ?? 'token') : null
}

/** Options that name a host that the agent will connect to. */
export function isHostOption(name: string): boolean {
  return HOST.test(name) || ['auth', 'site', 'upload_prefix', 'connection_string'].includes(name)
}
const HOST = /(^|_)(host|hostname|url|endpoint|server|namenode|proxy|address)$|[a-z]URL$/
