import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConflictError } from '#lib/errors.ts'

const SQLITE_BUSY = 5

/** An open file that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>()

/**
 * A lock on a file that the kernel gives back when its holder is gone, however it went: SQLite's exclusive
 * lock, the one such lock that Node has. It holds across containers that share the folder, where process ids
 * mean nothing. Undefined when somebody else holds it.
 */
export function tryLock(path: string): { release(): void } | undefined {
  const file = new DatabaseSync(path)
  try {
    // Nothing is ever written, so there is nothing to roll back from a journal.
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
    held.add(file)
    return {
      release() {
        held.delete(file)
        file.close()
      },
    }
  } catch (error) {
    file.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

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
