import { DatabaseSync } from 'node:sqlite'

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
