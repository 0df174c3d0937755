import { z } from 'zod'
import { isSecretVariable, type SettingName } from '#lib/env.ts'

// What the page of settings shows of the environment. Values of secrets never get here.

const shownSettingSchema = z.object({
  name: z.string(),
  /** What it is for, in a sentence. */
  about: z.string(),
  /** In force; null for none, and for every secret. */
  value: z.string().nullable(),
  set: z.boolean().meta({ description: 'By an environment variable; else it is the default.' }),
  secret: z.boolean(),
})
export type ShownSetting = z.infer<typeof shownSettingSchema>

const about: Record<SettingName, string> = {
  PORT: 'The port that the web listens on.',
  HOST: 'The address that the web listens on.',
  FILE_ORBIT_PUBLIC_URL: 'The address that people open and that links carry.',
  FILE_ORBIT_TLS_CERT: 'The certificate, with its chain, by which the web speaks TLS itself.',
  FILE_ORBIT_TLS_KEY: 'The file of its private key.',
  FILE_ORBIT_TRUSTED_PROXY: 'Proxies whose X-Forwarded headers count.',
  FILE_ORBIT_CORS_ORIGINS: 'Origins whose pages may call the API with a key.',
  FILE_ORBIT_DATA_DIR: 'Database, secrets and, unless told otherwise, logs.',
  FILE_ORBIT_LOG_DIR: 'Where the processes write their logs.',
  DATABASE_URL: 'A PostgreSQL of your own in place of the embedded one.',
  FILE_ORBIT_LOCAL_ROOTS: 'The folders of this machine that local endpoints may lie in.',
  FILE_ORBIT_BLOCK_PRIVATE_HOSTS:
    '1: endpoints reach neither the agent’s own machine nor where clouds hand out credentials.',
  FILE_ORBIT_RCLONE: 'The rclone to use in place of the one that was found.',
  FILE_ORBIT_SLOTS: 'How many jobs a worker runs at a time.',
  FILE_ORBIT_SILENCE_SECONDS: 'How long nothing may move in a job before it is started anew.',
  FILE_ORBIT_KEEP_MONTHS: 'Whole months before this one that jobs and the audit are kept; 0: for ever.',
  FILE_ORBIT_SECRET_KEY: 'Opens stored secrets; only workers are given it.',
  FILE_ORBIT_PUBLIC_KEY: 'Seals secrets; a web of its own is given it, npm start works it out.',
  FILE_ORBIT_SECRET_FILES: 'The folder of files that secrets may name by file:.',
  FILE_ORBIT_SECRET_STORES: 'Which secrets of AWS and Vault endpoints may name, by how references begin.',
  FILE_ORBIT_ALLOW_COMMANDS: 'Options of endpoints that may run a command on the worker’s machine.',
  FILE_ORBIT_RCLONE_CONFIG: 'The rclone.conf of this machine that owners may import.',
  FILE_ORBIT_ADMIN_EMAIL: 'Makes the first owner without the set-up link.',
  FILE_ORBIT_ADMIN_PASSWORD: 'The first owner’s password.',
  FILE_ORBIT_GITHUB_ID: 'Signing in with GitHub: the id of the OAuth app there.',
  FILE_ORBIT_GITHUB_SECRET: 'Its secret; only the web is given it.',
  FILE_ORBIT_GOOGLE_ID: 'Signing in with Google: the id of the client there.',
  FILE_ORBIT_GOOGLE_SECRET: 'Its secret; only the web is given it.',
  FILE_ORBIT_OIDC_ISSUER: 'Signing in with an OpenID Connect provider: its issuer address.',
  FILE_ORBIT_OIDC_ID: 'The id of the client there.',
  FILE_ORBIT_OIDC_SECRET: 'Its secret; only the web is given it.',
  FILE_ORBIT_OIDC_NAME: 'What its button says.',
  FILE_ORBIT_OAUTH_SIGNUP: '“viewer” lets whoever signs in by one of these in, uninvited.',
}

/**
 * The settings as `npm start` found them: which the environment gave, and what is in force. `inForce` holds the
 * values of those that have a default. Of a variable that is no setting nothing is shown but that it is set.
 */
export function describeSettings(
  source: Record<string, string | undefined>,
  inForce: Record<string, string | undefined>,
): ShownSetting[] {
  const others = Object.keys(source).filter((name) => name.startsWith('FILE_ORBIT_') && !(name in about))
  const sentences: Record<string, string | undefined> = about
  return [...Object.keys(about), ...others.sort()].map((name) => {
    const given = source[name] || undefined
    const secret = isSecretVariable(name)
    return {
      name,
      about: sentences[name] ?? '',
      value: secret ? null : (inForce[name] ?? given ?? null),
      set: given !== undefined,
      secret,
    }
  })
}

/** The variable by which `npm start` tells the web; a web started by hand has none and knows only its own. */
export const SHOWN_SETTINGS = 'FILE_ORBIT_SHOWN_SETTINGS'

export function readShownSettings(source: Record<string, string | undefined>): ShownSetting[] {
  const told = source[SHOWN_SETTINGS]
  if (!told) return describeSettings(source, {}).filter(({ name }) => name !== SHOWN_SETTINGS)
  return z.array(shownSettingSchema).parse(JSON.parse(told))
}
