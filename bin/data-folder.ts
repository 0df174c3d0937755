import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UnavailableError } from '#lib/errors.ts'
import { newKeyText } from '#lib/secrets/keys.ts'

/**
 * Makes the data folder: 0711, because as root PostgreSQL runs as another user and must pass through; what is
 * secret in it is 0600. The mode of one that exists is its owner's choice. Logs may name files: 0700.
 */
export function makeDataFolder(dataDir: string, logDir: string): void {
  try {
    if (!existsSync(dataDir)) {
      mkdirSync(dataDir, { recursive: true })
      // mkdir's own mode is cut by the umask.
      chmodSync(dataDir, 0o711)
    }
    mkdirSync(logDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UnavailableError(
      `The data folder cannot be made: ${(error as Error).message}. Set FILE_ORBIT_DATA_DIR to a folder that ` +
        'you may write to.',
    )
  }
}

/** The key that signs session cookies: made once, so that a restart signs nobody out. */
export function authSecret(dataDir: string): string {
  return madeOnce(join(dataDir, 'auth-secret'), () => randomBytes(32).toString('base64url'))
}

/**
 * The keys that open the secrets of endpoints, newest first, unless FILE_ORBIT_SECRET_KEY names others. The file must
 * be kept: without it no secret in the database can be read again.
 */
export function secretKeys(dataDir: string): string {
  return madeOnce(secretKeyFile(dataDir), newKeyText)
}

export function secretKeyFile(dataDir: string): string {
  return join(dataDir, 'secret-key')
}

function madeOnce(file: string, make: () => string): string {
  if (!existsSync(file)) {
    // Written aside first: a cut-off start must not leave half a key.
    const half = `${file}.${process.pid}`
    writeFileSync(half, `${make()}\n`, { mode: 0o600 })
    linkSync(half, file)
    rmSync(half)
  }
  return readFileSync(file, 'utf8').trim()
}
