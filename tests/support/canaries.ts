import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { reveal } from '#workers/secrets/obscured.ts'

/** Secrets by name; where one of them turns up is told by name, never by value. */
export type Canaries = Record<string, string>

/** The names of those that a text holds: as they are, in base64, or as a URL carries them. */
export function canariesIn(text: string, canaries: Canaries): string[] {
  return Object.entries(canaries)
    .filter(([, secret]) => spellings(secret).some((spelling) => text.includes(spelling)))
    .map(([name]) => name)
}

/** The same for passwords as rclone obscures them, which anybody can undo: each word is tried. */
export function obscuredCanariesIn(text: string, canaries: Canaries): string[] {
  const revealed = (text.match(/[\w-]{22,}/g) ?? []).map((word) => reveal(word) ?? '')
  return canariesIn(revealed.join('\n'), canaries)
}

function spellings(secret: string): string[] {
  // Without the end, which depends on what follows.
  const base64 = Buffer.from(secret)
    .toString('base64')
    .replace(/.{0,3}=*$/, '')
  return [secret, base64, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
}

/** Of a folder in use: a file may go before it is read. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

export function canariesInFiles(folder: string, canaries: Canaries): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .flatMap((path) => canariesIn(contentOf(path), canaries).map((name) => `${name} in ${path}`))
}

/** Looks into every row of every table, PostgreSQL's own statistics of statements included. */
export async function canariesInRows(url: string, canaries: Canaries): Promise<string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const tables = await sql<{ name: string }[]>`
      select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
      union all select 'pg_stat_activity'`
    const found: string[] = []
    for (const { name } of tables) {
      const rows = await sql.unsafe<{ text: string }[]>(`select t::text as text from ${name} t`)
      const text = rows.map((row) => row.text).join('\n')
      found.push(...canariesIn(text, canaries).map((canary) => `${canary} in ${name}`))
    }
    return found
  } finally {
    await sql.end()
  }
}

/** Every process of the machine whose arguments or environment hold one, but those of `except`. */
export function canariesInProcesses(canaries: Canaries, except: readonly number[] = []): string[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && !except.includes(pid))
  return pids.flatMap((pid) =>
    ['cmdline', 'environ'].flatMap((name) =>
      canariesIn(procFile(pid, name), canaries).map((canary) => `${canary} in ${name} of ${pid}`),
    ),
  )
}

/** What everybody on the machine can read of these processes. */
export function canariesInArguments(pids: number[], canaries: Canaries): string[] {
  return pids.flatMap((pid) =>
    canariesIn(procFile(pid, 'cmdline'), canaries).map((name) => `${name} in the arguments of ${pid}`),
  )
}

export function canariesInEnvironment(pid: number, canaries: Canaries): string[] {
  return canariesIn(procFile(pid, 'environ'), canaries)
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}
