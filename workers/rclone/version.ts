import { run } from '../run.ts'

/**
 * The oldest rclone we start: 1.75.1 closed a backend-root escape (CVE-2026-88046), by which a job could
 * leave its endpoint's folder.
 */
export const FLOOR = '1.75.1'
export const FLOOR_REASON = 'CVE-2026-88046'

/** `-DEV` is what distributions' builds of a release print; a beta comes before its release. */
export type RcloneVersion = { number: string; beta: boolean }

/** Reads the first line of `rclone version`: "rclone v1.75.2", "rclone v1.76.0-beta.8901.0123abc", "…-DEV". */
export function parseVersion(output: string): RcloneVersion | undefined {
  const [, number, suffix] = /^rclone v(\d+\.\d+\.\d+)(\S*)/m.exec(output) ?? []
  return number === undefined ? undefined : { number, beta: suffix?.includes('beta') ?? false }
}

export function isRecentEnough(version: RcloneVersion): boolean {
  const order = compareNumbers(version.number, FLOOR)
  return order > 0 || (order === 0 && !version.beta)
}

/** Negative when `a` is older than `b`. */
export function compareNumbers(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (const [place, part] of left.entries()) {
    const difference = part - (right[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

export type Inspection = { ok: true; version: string } | { ok: false; reason: string }

/** Asks the program at `path` for its version. `reason` is the end of a sentence that begins with the path. */
export async function inspect(
  path: string,
  env: Record<string, string | undefined> = process.env,
): Promise<Inspection> {
  const { status, stdout, output } = await run(path, ['version'], {
    // Inherited RCLONE_* are flags; a wrapper script may need PATH.
    env: { PATH: env.PATH, HOME: env.HOME, RCLONE_CONFIG: '/dev/null' },
    timeoutMs: 20_000,
  })
  const version = parseVersion(stdout)
  if (status !== 0 || !version) {
    const said = output.trim().split('\n').at(-1) ?? ''
    return { ok: false, reason: `does not answer "version" as rclone does${said ? ` (${said})` : ''}` }
  }
  const name = version.number + (version.beta ? ' beta' : '')
  if (isRecentEnough(version)) return { ok: true, version: version.number }
  return { ok: false, reason: `is rclone ${name}, older than ${FLOOR} (${FLOOR_REASON})` }
}
