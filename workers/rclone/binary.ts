import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { InvalidError, UnavailableError } from '#lib/errors.ts'
import { debianPackage } from './debian.ts'
import { officialRelease } from './release.ts'
import { compareNumbers, FLOOR, inspect } from './version.ts'

export type Rclone = { path: string; version: string }

type Variables = Record<string, string | undefined>

/** A place to get rclone from. `fetch` leaves it under `into` and returns its path, or throws with the reason. */
export type Source = {
  name: string
  fetch(into: string, log: (line: string) => void): Promise<string>
}

export type FindOptions = {
  /** Read for FILE_ORBIT_RCLONE, PATH, XDG_CACHE_HOME and HOME. */
  env?: Variables
  /** Where fetched ones are kept: `<cacheDir>/<version>/rclone`. */
  cacheDir?: string
  log?: (line: string) => void
  sources?: Source[]
}

/** Left by a fetch that was killed. A running one is younger: its parts time out within minutes. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Finds an rclone that is recent enough, or fetches one: FILE_ORBIT_RCLONE, PATH, the cache, the official
 * release, the Debian package. One that was named but does not fit is refused (InvalidError); others are
 * passed over. Throws UnavailableError with every place that was tried and why it did not do.
 */
export async function findRclone(options: FindOptions = {}): Promise<Rclone> {
  const { env = process.env, log = () => {} } = options
  const cacheDir = options.cacheDir ?? defaultCacheDir(env)
  if (env.FILE_ORBIT_RCLONE) return named(env.FILE_ORBIT_RCLONE, env)

  const tried: string[] = []
  const candidates = [...inPath(env), ...(await inCache(cacheDir))]
  if (!candidates.some(({ from }) => from === 'PATH')) tried.push('PATH: no rclone there')
  for (const { from, path } of candidates) {
    const found = await inspect(path, env)
    if (found.ok) return { path, version: found.version }
    tried.push(`${from}: ${path} ${found.reason}`)
    log(`${path} ${found.reason}; looking further`)
  }
  if (!candidates.some(({ from }) => from === 'cache')) tried.push(`cache: nothing in ${cacheDir}`)

  for (const source of options.sources ?? [officialRelease(), debianPackage()]) {
    try {
      return await fetchFrom(source, cacheDir, env, log)
    } catch (error) {
      tried.push(`${source.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new UnavailableError(
    `No rclone ${FLOOR} or newer was found. Tried:\n${tried.map((line) => `  ${line}`).join('\n')}\n` +
      `Install rclone ${FLOOR} or newer, or set FILE_ORBIT_RCLONE to the path of one.`,
  )
}

async function named(path: string, env: Variables): Promise<Rclone> {
  if (!isProgram(path)) {
    throw new InvalidError(`FILE_ORBIT_RCLONE names ${path}, which is not a program that can be run.`)
  }
  const found = await inspect(path, env)
  if (found.ok) return { path, version: found.version }
  throw new InvalidError(
    `FILE_ORBIT_RCLONE names ${path}, which ${found.reason}. Name rclone ${FLOOR} or newer, or unset it.`,
  )
}

type Candidate = { from: 'PATH' | 'cache'; path: string }

function inPath(env: Variables): Candidate[] {
  const seen = new Set<string>()
  const found: Candidate[] = []
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'rclone')
    // A relative entry would run what lies in the current folder.
    if (!isAbsolute(folder) || !isProgram(path) || seen.has(realpathSync(path))) continue
    seen.add(realpathSync(path))
    found.push({ from: 'PATH', path })
  }
  return found
}

/** The newest first. */
async function inCache(cacheDir: string): Promise<Candidate[]> {
  const names = await readdir(cacheDir).catch(() => [])
  const versions = names.filter((name) => /^\d+\.\d+\.\d+$/.test(name)).sort(compareNumbers)
  const paths = versions.reverse().map((version) => join(cacheDir, version, 'rclone'))
  return paths.filter(isProgram).map((path) => ({ from: 'cache', path }))
}

/** Nobody ever sees half a binary in the cache, and two that fetch at once end with one of two whole ones. */
async function fetchFrom(
  source: Source,
  cacheDir: string,
  env: Variables,
  log: (line: string) => void,
): Promise<Rclone> {
  await mkdir(cacheDir, { recursive: true })
  await dropAbandoned(cacheDir)
  const workshop = await mkdtemp(join(cacheDir, '.fetch-'))
  try {
    const fetched = await source.fetch(workshop, log)
    const found = await inspect(fetched, env)
    if (!found.ok) throw new Error(`what came ${found.reason}`)
    const home = join(cacheDir, found.version)
    await mkdir(home, { recursive: true })
    await rename(fetched, join(home, 'rclone'))
    return { path: join(home, 'rclone'), version: found.version }
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function dropAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('.fetch-')) continue
    const path = join(cacheDir, name)
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now())
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}

function defaultCacheDir(env: Variables): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache')
  return join(base, 'file-orbit', 'rclone')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
