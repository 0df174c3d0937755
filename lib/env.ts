import { isIP } from 'node:net'
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { InvalidError } from '#lib/errors.ts'

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
  rclone: string | undefined
  slots: number
  /** Whole months before this one whose jobs are kept; 0 keeps them for ever. */
  keepMonths: number
  /** How long an attempt may move nothing at all before it is ended. */
  silenceSeconds: number
  logDir: string
}

/** Their values are never repeated in an error: it would reach a terminal or a log. */
const SECRET = new Set(['DATABASE_URL', 'FILE_ORBIT_SECRET_KEY', 'FILE_ORBIT_ADMIN_PASSWORD'])

/** Settings that mean something only together. */
const PAIRS = [
  ['FILE_ORBIT_ADMIN_EMAIL', 'FILE_ORBIT_ADMIN_PASSWORD'],
  ['FILE_ORBIT_TLS_CERT', 'FILE_ORBIT_TLS_KEY'],
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
  FILE_ORBIT_SECRET_KEY: z.string().optional(),
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
  FILE_ORBIT_RCLONE: z.string().transform(toAbsolute).optional(),
  FILE_ORBIT_SLOTS: wholeNumber(1, 64, 4),
  FILE_ORBIT_KEEP_MONTHS: wholeNumber(0, 1200, 13),
  // A tape robot or a cold bucket takes minutes for its first byte.
  FILE_ORBIT_SILENCE_SECONDS: wholeNumber(1, 86_400, 600),
  FILE_ORBIT_LOG_DIR: z.string().transform(toAbsolute).optional(),
})

/**
 * Reads the settings from environment variables; an empty value counts as unset, a relative path starts at
 * the current folder. Throws one InvalidError with every problem, each naming its variable.
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = settings.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues
  const wrong = problems.map((issue) => ({ name: String(issue.path[0]), wanted: issue.message }))
  for (const [has, lacks] of PAIRS.flatMap(([one, other]) => [
    [one, other] as const,
    [other, one] as const,
  ])) {
    if (given[has] && !given[lacks]) wrong.push({ name: lacks, wanted: `a value, because ${has} is set` })
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
    rclone: value.FILE_ORBIT_RCLONE,
    slots: value.FILE_ORBIT_SLOTS,
    keepMonths: value.FILE_ORBIT_KEEP_MONTHS,
    silenceSeconds: value.FILE_ORBIT_SILENCE_SECONDS,
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

function wholeNumber(least: number, most: number, unset: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: `a whole number from ${least} to ${most}`, abort: true })
    .transform(Number)
    .refine((number) => number >= least && number <= most, {
      error: `a whole number from ${least} to ${most}`,
    })
    .default(unset)
}

function list(isOne: (entry: string) => boolean, { error }: { error: string }) {
  return z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
    .refine((entries) => entries.every(isOne), { error })
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}

function toAbsolute(path: string): string {
  return resolve(path)
}

function isPostgresUrl(text: string): boolean {
  return ['postgres:', 'postgresql:'].includes(URL.parse(text)?.protocol ?? '')
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
}

function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set'
  return SECRET.has(name) ? `set (${value.length} characters)` : JSON.stringify(value)
}
