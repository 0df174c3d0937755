import { InvalidError } from '#lib/errors.ts'

/** Whether `path` is one of the folders or lies below one. Both are absolute and hold no "." or ".."; no disk is read. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => root === '/' || path === root || path.startsWith(`${root}/`))
}

/**
 * Refuses a local folder outside the agent's roots, by its text. Where links lead is checked by the agent: at
 * the test, when planning a job and just before its start.
 */
export function refuseOutsideRoots(path: string, roots: readonly string[] | null): void {
  if (!roots || roots.length === 0) {
    throw InvalidError.at(
      'path',
      'No folder of this machine is allowed yet. An owner allows some on the Endpoints page, or starts File Orbit with FILE_ORBIT_LOCAL_ROOTS=/srv/media.',
    )
  }
  if (!isInside(path, roots)) {
    throw InvalidError.at('path', `Choose a folder inside the allowed ones: ${roots.join(', ')}.`)
  }
}
