import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from '#lib/env.ts'
import { UnavailableError } from '#lib/errors.ts'

/** Where a running File Orbit with its own PostgreSQL says how to reach it; it holds the password (0600). */
export function databaseUrlFile(dataDir: string): string {
  return join(dataDir, 'database-url')
}

/**
 * The database of the File Orbit that these settings mean, as `npm start` finds it: DATABASE_URL, else that
 * of the one running on the data folder. Throws UnavailableError when there is none.
 */
export async function findDatabaseUrl(env: Pick<Env, 'databaseUrl' | 'dataDir'>): Promise<string> {
  if (env.databaseUrl) return env.databaseUrl
  const file = databaseUrlFile(env.dataDir)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') {
      throw new UnavailableError(`No permission to read ${file}. Run this as the user who runs File Orbit.`)
    }
    throw new UnavailableError(
      `No running File Orbit was found in ${env.dataDir}. Start it first (npm start), or set ` +
        'FILE_ORBIT_DATA_DIR or DATABASE_URL to the one you mean.',
    )
  }
}
