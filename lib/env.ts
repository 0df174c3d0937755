import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { InvalidError } from '#lib/errors.ts'
import {
  isCommandOption,
  isIssuer,
  isKeyRing,
  isNetwork,
  isOrigin,
  isPostgresUrl,
  isPublicKey,
  list,
  toAbsolute,
  wholeNumber,
} from './env-values.ts'

/** What a service that signs people in knows File Orbit by. */
export type OauthClient = { id: string; secret: string }

/** Every setting of File Orbit, checked; paths are absolute. */
export type Env = {
  port: number
  host: string
  dataDir: string
  databaseUrl: string | undefined
  secretKey: string | undefined
  /** undefined: not set here, so set-up asks; never an empty list. */
  localRoots: string[] | undefined
  adminEmail: string | undefined
  adminPassword: string | undefined
  /** An origin without a trailing slash, such as https://files.example.org. */
  publicUrl: string | undefined
  /** Files of a certificate with its chain and of its private key; undefined: plain HTTP. */
  tls: { cert: string; key: string } | undefined
  /** Addresses and networks of proxies whose X-Forwarded headers count. */
  trustedProxies: string[]
  /** Origins whose pages may call the API with an API key. */
  corsOrigins: string[]
  /** The services that people may sign in with; undefined: not with this one. */
  oauth: {
    github: OauthClient | undefined
    google: OauthClient | undefined
    /** `name` is what its button says. */
    oidc: (OauthClient & { issuer: string; name: string }) | undefined
    /** The role of whoever comes by one of them uninvited; undefined: nobody does. */
    signup: 'viewer' | undefined
  }
  rclone: string | undefined
  slots: number
  /** Whole months before this one whose jobs are kept; 0 keeps them for ever. */
  keepMonths: number
  /** How long an attempt may move nothing at all before it is ended. */
  silenceSeconds: number
  /** The folder of files that a secret may name by `file:`; undefined: none may. */
  secretFiles: string | undefined
  /** What references to stores of secrets must begin with, such as vault:secret/file-orbit/; none by default. */
  secretStores: string[]
  /** The one file that may be imported by its whole path; undefined: none may. */
  rcloneConfig: string | undefined
  logDir: string
}

/** Settings that mean something only together. */
const TOGETHER = [
  ['FILE_ORBIT_ADMIN_EMAIL', 'FILE_ORBIT_ADMIN_PASSWORD'],
  ['FILE_ORBIT_TLS_CERT', 'FILE_ORBIT_TLS_KEY'],
  ['FILE_ORBIT_GITHUB_ID', 'FILE_ORBIT_GITHUB_SECRET'],
  ['FILE_ORBIT_GOOGLE_ID', 'FILE_ORBIT_GOOGLE_SECRET'],
  ['FILE_ORBIT_OIDC_ISSUER', 'FILE_ORBIT_OIDC_ID', 'FILE_ORBIT_OIDC_SECRET'],
] as const

/** Each `error` is the sentence's end: "PORT is …; expected …". */
const settings = z.object({
  PORT: wholeNumber(1, 65_535, 3000),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, { error: 'an address or a host name, such as 127.0.0.1' })
    .default('127.0.0.1'),
  FILE_ORBIT_DATA_DIR: z.string().default('.data').transform(toAbsolute),
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, { error: 'a URL such as postgres://user:password@host:5432/database' })
    .optional(),
  FILE_ORBIT_SECRET_KEY: z
    .string()
    .refine(isKeyRing, { error: 'keys of 32 bytes in base64, newest first: openssl rand -base64 32' })
    .optional(),
  FILE_ORBIT_PUBLIC_KEY: z
    .string()
    .refine(isPublicKey, { error: 'what `file-orbit secrets public-key` prints' })
    .optional(),
  FILE_ORBIT_SECRET_FILES: z.string().transform(toAbsolute).optional(),
  FILE_ORBIT_SECRET_STORES: list((entry) => /^(aws-secret|vault):/.test(entry), {
    error: 'beginnings of references, such as aws-secret:file-orbit/ or vault:secret/file-orbit/',
  }),
  FILE_ORBIT_RCLONE_CONFIG: z.string().transform(toAbsolute).optional(),
  // Read by the worker where it is asked for (workers/rclone/refused-here.ts).
  FILE_ORBIT_ALLOW_COMMANDS: list((entry) => isCommandOption(entry), {
    error: 'options that run a command, by type and name, such as sftp.ssh or webdav.bearer_token_command',
  }),
  FILE_ORBIT_BLOCK_PRIVATE_HOSTS: z.enum(['0', '1'], { error: '1 or 0' }).default('0'),
  FILE_ORBIT_LOCAL_ROOTS: z
    .string()
    .transform((text) => text.split(':').filter((root) => root !== ''))
    .refine((roots) => roots.length > 0 && roots.every(isAbsolute), {
      error: 'absolute folders separated by ":", such as /srv/media:/mnt/archive',
    })
    .transform((roots) => [...new Set(roots.map(toAbsolute))])
    .optional(),
  FILE_ORBIT_ADMIN_EMAIL: z.email({ error: 'an e-mail address' }).optional(),
  FILE_ORBIT_ADMIN_PASSWORD: z.string().optional(),
  FILE_ORBIT_PUBLIC_URL: z
    .string()
    .refine(isOrigin, {
      error: 'an http or https address without a path, such as https://files.example.org',
    })
    .transform((text) => new URL(text).origin)
    .optional(),
  FILE_ORBIT_TLS_CERT: z.string().transform(toAbsolute).optional(),
  FILE_ORBIT_TLS_KEY: z.string().transform(toAbsolute).optional(),
  FILE_ORBIT_TRUSTED_PROXY: list((entry) => isNetwork(entry), {
    error: 'addresses or networks separated by ",", such as 127.0.0.1,10.0.0.0/8',
  }),
  FILE_ORBIT_CORS_ORIGINS: list((entry) => isOrigin(entry), {
    error: 'origins separated by ",", such as https://tools.example.org',
  }),
  FILE_ORBIT_GITHUB_ID: z.string().optional(),
  FILE_ORBIT_GITHUB_SECRET: z.string().optional(),
  FILE_ORBIT_GOOGLE_ID: z.string().optional(),
  FILE_ORBIT_GOOGLE_SECRET: z.string().optional(),
  FILE_ORBIT_OIDC_ISSUER: z
    .string()
    .refine(isIssuer, { error: 'an https address, such as https://id.example.org/realms/studio' })
    .optional(),
  FILE_ORBIT_OIDC_ID: z.string().optional(),
  FILE_ORBIT_OIDC_SECRET: z.string().optional(),
  FILE_ORBIT_OIDC_NAME: z.string().max(40, { error: 'a name of at most 40 characters' }).optional(),
  FILE_ORBIT_OAUTH_SIGNUP: z.literal('viewer', { error: 'viewer, or nothing at all' }).optional(),
  FILE_ORBIT_RCLONE: z.string().transform(toAbsolute).optional(),
  FILE_ORBIT_SLOTS: wholeNumber(1, 64, 4),
  FILE_ORBIT_KEEP_MONTHS: wholeNumber(0, 1200, 13),
  // A tape robot or a cold bucket takes minutes for its first byte.
  FILE_ORBIT_SILENCE_SECONDS: wholeNumber(1, 86_400, 600),
  FILE_ORBIT_LOG_DIR: z.string().transform(toAbsolute).optional(),
})

export type SettingName = keyof typeof settings.shape

/** Every setting's variable. */
export const settingNames = Object.keys(settings.shape) as SettingName[]

/** Their values are repeated in no error and on no page: one would reach a terminal, a log or a person. */
const SECRET: ReadonlySet<string> = new Set<SettingName>([
  ...(['DATABASE_URL', 'FILE_ORBIT_SECRET_KEY', 'FILE_ORBIT_ADMIN_PASSWORD'] as const),
  ...(['FILE_ORBIT_GITHUB_SECRET', 'FILE_ORBIT_GOOGLE_SECRET', 'FILE_ORBIT_OIDC_SECRET'] as const),
])

/** Whether a variable's value is kept from people. One that is no setting may be a secret that endpoints name. */
export function isSecretVariable(name: string): boolean {
  return SECRET.has(name) || !(name in settings.shape)
}

/**
 * Reads the settings from environment variables; an empty value counts as unset, a relative path starts at
 * the current folder. Throws one InvalidError with every problem, each naming its variable.
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = settings.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues
  const wrong = problems.map((issue) => ({ name: String(issue.path[0]), wanted: issue.message }))
  for (const names of TOGETHER) {
    const has = names.find((name) => given[name])
    const lacks = names.filter((name) => !given[name])
    if (has) wrong.push(...lacks.map((name) => ({ name, wanted: `a value, because ${has} is set` })))
  }
  if (!parsed.success || wrong.length > 0) {
    const issues = wrong.map(({ name, wanted }) => {
      return { path: name, message: `${name} is ${shown(name, given[name])}; expected ${wanted}` }
    })
    const count = issues.length === 1 ? 'A setting is wrong' : `${issues.length} settings are wrong`
    throw new InvalidError(`${count}:\n${issues.map((issue) => `  ${issue.message}`).join('\n')}`, issues)
  }
  const value = parsed.data
  return {
    port: value.PORT,
    host: value.HOST,
    dataDir: value.FILE_ORBIT_DATA_DIR,
    databaseUrl: value.DATABASE_URL,
    secretKey: value.FILE_ORBIT_SECRET_KEY,
    localRoots: value.FILE_ORBIT_LOCAL_ROOTS,
    adminEmail: value.FILE_ORBIT_ADMIN_EMAIL,
    adminPassword: value.FILE_ORBIT_ADMIN_PASSWORD,
    publicUrl: value.FILE_ORBIT_PUBLIC_URL,
    tls:
      value.FILE_ORBIT_TLS_CERT && value.FILE_ORBIT_TLS_KEY
        ? { cert: value.FILE_ORBIT_TLS_CERT, key: value.FILE_ORBIT_TLS_KEY }
        : undefined,
    trustedProxies: value.FILE_ORBIT_TRUSTED_PROXY,
    corsOrigins: value.FILE_ORBIT_CORS_ORIGINS.map((origin) => new URL(origin).origin),
    oauth: {
      github: client(value.FILE_ORBIT_GITHUB_ID, value.FILE_ORBIT_GITHUB_SECRET),
      google: client(value.FILE_ORBIT_GOOGLE_ID, value.FILE_ORBIT_GOOGLE_SECRET),
      oidc: value.FILE_ORBIT_OIDC_ISSUER
        ? {
            ...client(value.FILE_ORBIT_OIDC_ID, value.FILE_ORBIT_OIDC_SECRET)!,
            issuer: value.FILE_ORBIT_OIDC_ISSUER,
            name: value.FILE_ORBIT_OIDC_NAME ?? new URL(value.FILE_ORBIT_OIDC_ISSUER).host,
          }
        : undefined,
      signup: value.FILE_ORBIT_OAUTH_SIGNUP,
    },
    rclone: value.FILE_ORBIT_RCLONE,
    slots: value.FILE_ORBIT_SLOTS,
    keepMonths: value.FILE_ORBIT_KEEP_MONTHS,
    silenceSeconds: value.FILE_ORBIT_SILENCE_SECONDS,
    secretFiles: value.FILE_ORBIT_SECRET_FILES,
    secretStores: value.FILE_ORBIT_SECRET_STORES,
    rcloneConfig: value.FILE_ORBIT_RCLONE_CONFIG,
    logDir: value.FILE_ORBIT_LOG_DIR ?? resolve(value.FILE_ORBIT_DATA_DIR, 'logs'),
  }
}

/** Hosts that this machine's browser reaches as localhost: loopback, and "every address". */
const REACHED_AS_LOCALHOST = new Set(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'])

/**
 * The address that people open and that links carry. Loopback is spelled localhost: Next turns 127.0.0.1
 * into localhost in its own URLs, and a sign-in begun under one name fails under the other.
 */
export function originOf(env: Pick<Env, 'publicUrl' | 'host' | 'port' | 'tls'>): string {
  if (env.publicUrl) return env.publicUrl
  const host = REACHED_AS_LOCALHOST.has(env.host) ? 'localhost' : env.host
  return `${env.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${env.port}`
}

function client(id: string | undefined, secret: string | undefined): OauthClient | undefined {
  return id && secret ? { id, secret } : undefined
}

function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set'
  return isSecretVariable(name) ? `set (${value.length} characters)` : JSON.stringify(value)
}
