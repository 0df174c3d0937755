import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConflictError } from '#lib/errors.ts'
import { tryLock } from '#lib/file-lock.ts'

/** Claims the data folder for this process. Throws ConflictError that says who holds it. */
export function holdInstance(dataDir: string, port: number): { release(): void } {
  const note = join(dataDir, 'instance.json')
  const lock = tryLock(join(dataDir, 'instance.lock'))
  if (!lock) {
    throw new ConflictError(
      `The data folder ${dataDir} is in use by ${holder(note)}. Stop that one first, or start a second File ` +
        'Orbit beside it with another FILE_ORBIT_DATA_DIR and PORT.',
    )
  }
  writeFileSync(note, `${JSON.stringify({ pid: process.pid, port })}\n`)
  return {
    release() {
      rmSync(note, { force: true })
      lock.release()
    },
  }
}

function holder(note: string): string {
  try {
    const { pid, port } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; port: number }
    return `another File Orbit (process ${pid}, port ${port})`
  } catch {
    return 'another File Orbit, which is starting now'
  }
}
