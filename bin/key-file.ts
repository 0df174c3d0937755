import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Env, readEnv } from '#lib/env.ts'
import { ConflictError, UnavailableError } from '#lib/errors.ts'
import { keyWords, newKeyText } from '#lib/secrets/keys.ts'
import { secretKeyFile } from './data-folder.ts'

/** Where keys came from, as messages name it. */
export type GivenKeys = { text: string; source: string }

/** The keys of this machine: FILE_ORBIT_SECRET_KEY, else the file that `npm start` has made. Throws UnavailableError. */
export function keysOfMachine(env: Pick<Env, 'secretKey' | 'dataDir'> = readEnv()): GivenKeys {
  if (env.secretKey) return { text: env.secretKey, source: 'FILE_ORBIT_SECRET_KEY' }
  const file = secretKeyFile(env.dataDir)
  if (!existsSync(file)) {
    throw new UnavailableError(
      `There is no key yet: FILE_ORBIT_SECRET_KEY is not set and ${file} does not exist. npm start makes one there; ` +
        'FILE_ORBIT_DATA_DIR says which folder is meant.',
    )
  }
  return { text: readKeyFile(file), source: file }
}

/** Puts a new key in front of those of the file, which keeps its owner. Whoever reads meanwhile sees all or none of it. */
export function addKeyToFile(file: string): void {
  const before = readKeyFile(file)
  const half = `${file}.${process.pid}`
  const { uid, gid } = statSync(file)
  try {
    const text = [newKeyText(), ...keyWords(before)].join('\n')
    writeFileSync(half, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    if (process.getuid?.() === 0) chownSync(half, uid, gid)
    if (readKeyFile(file) !== before) {
      throw new ConflictError('Somebody else changed the keys just now. Look at them, then try again.')
    }
    renameSync(half, file)
  } catch (error) {
    rmSync(half, { force: true })
    throw error
  }
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UnavailableError(
      code === 'EACCES'
        ? `No permission to read ${file}. Run this as the user who runs File Orbit.`
        : `${file} cannot be read (${code}).`,
    )
  }
}
