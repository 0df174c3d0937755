import type { Cause } from '#lib/jobs/causes.ts'
import type { FileEnd } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { storableAmount, storableText } from '../transfer/storable.ts'
import type { LogLine } from './log-line.ts'
import { isCancelled, type Reason, reasonOf } from './outcome.ts'
import type { FileResult } from './types.ts'

/** What became of a file, as the control plane is told. */
export function fileEnd(operation: Operation, result: FileResult): FileEnd {
  const path = storableText(result.path)
  if (result.state === 'completed') {
    const { action, size } = result
    return { path, size: storableAmount(size ?? 0), state: 'completed', action, cause: null, message: null }
  }
  const action = operation === 'move' ? 'moved' : 'copied'
  const why = result.state === 'failed' ? result : { cause: null, message: '' }
  const message = why.cause === null ? null : storableText(why.message)
  return { path, size: 0, state: result.state, action, cause: why.cause, message }
}

/** A move inside one storage deletes a file it replaces before it renames: how many such may wait for their
 * second line. Beyond it the oldest is told as moved, so that a move of a million files that the destination
 * has already (each of them one such line, and no second) does not keep a million names. */
const MOST_WAITING = 20_000

/**
 * Folds the log of one attempt into one result for each file.
 *
 * rclone writes several lines about a file, and the same word for different things (all seen with 1.75.2):
 * - copy, sync: `Copied (new|replaced existing)` is the result. `Deleted` is an extra file of the destination.
 * - move to another storage: `Copied …` then `Deleted` (the source): together one moved file. `Deleted` without
 *   a `Copied` before it: the destination had the same file already, so only the source went: moved as well.
 * - move inside one storage: `Moved (server-side)`, for a replaced file with a `Deleted` before it (the old one
 *   at the destination); `Deleted` alone is again a file the destination had already.
 * - a failed file may bring two or three error lines; the first one says why. `Failed to calculate src hash`
 *   alone is no failure: while comparing it only leads to another copy.
 */
export class FileResults {
  readonly counts = { completed: 0, deleted: 0, failed: 0, cancelled: 0 }
  readonly failures = new Map<Cause, { files: number; message: string }>()
  /** Lines, not files: what rclone's statistics must agree with. */
  readonly lines = { transfers: 0, deletes: 0 }
  readonly jobErrors: string[] = []
  folderTimes = 0
  replaced = 0

  readonly #operation: Operation
  readonly #tell: (result: FileResult) => void
  /** Moves only: copied, and not yet deleted at the source. Never more than files in flight. */
  readonly #copied = new Map<string, number | null>()
  /** Moves only: deleted, and perhaps about to be replaced. */
  readonly #deleted = new Set<string>()
  readonly #troubles = new Map<string, Reason>()
  readonly #told = new Set<string>()

  constructor(operation: Operation, tell: (result: FileResult) => void) {
    this.#operation = operation
    this.#tell = tell
  }

  /** `path` is the exact name (names.ts) of the file the line is about. */
  add({ meaning, message, size }: LogLine, path: string | null): void {
    switch (meaning.kind) {
      case 'job-failed':
        // A broken storage may repeat itself without end; the first ones say why.
        if (this.jobErrors.length < 20) this.jobErrors.push(message)
        return
      case 'folder-time':
        this.folderTimes += 1
        return
      case 'consequence':
      case 'skipped':
      case 'other':
        return
    }
    if (path === null) return
    switch (meaning.kind) {
      case 'copied':
        this.lines.transfers += 1
        if (meaning.replaced) this.replaced += 1
        this.#deleted.delete(path)
        if (this.#operation === 'move') this.#copied.set(path, size)
        else this.#complete(path, meaning.replaced ? 'replaced' : 'copied', size)
        return
      case 'moved':
        this.lines.transfers += 1
        this.#deleted.delete(path)
        this.#complete(path, 'moved', size)
        return
      case 'deleted':
        this.lines.deletes += 1
        this.#onDeleted(path)
        return
      case 'delete-failed':
        this.lines.deletes += 1
        this.#fail(path, message)
        return
      case 'trouble':
        this.#troubles.set(path, reasonOf(message))
        return
      case 'failed':
      case 'duplicate':
        this.#fail(path, message)
    }
  }

  /**
   * The log is complete: what still waits for a second line gets none. After a death it is not known whether a
   * deleted file was the old one at the destination, its successor still on the way.
   */
  end({ died }: { died: boolean }): void {
    for (const path of this.#deleted) {
      if (died) this.#settle({ state: 'cancelled', path })
      else this.#complete(path, 'moved', null, true)
    }
    this.#deleted.clear()
    // Copied, but the source was neither deleted nor did that fail: the attempt ended in between.
    for (const path of this.#copied.keys()) {
      if (!this.#told.has(path)) this.#settle({ state: 'cancelled', path })
    }
    this.#copied.clear()
    for (const [path, reason] of this.#troubles) this.#failFor(path, reason)
  }

  /** What the answer to a call says of a file, told once and after its lines. */
  failed(path: string, message: string): void {
    this.#fail(path, message)
  }

  #onDeleted(path: string): void {
    if (this.#operation !== 'move') {
      this.#complete(path, 'deleted', null)
      return
    }
    const size = this.#copied.get(path)
    if (size !== undefined) {
      this.#copied.delete(path)
      this.#complete(path, 'moved', size)
      return
    }
    this.#deleted.add(path)
    if (this.#deleted.size > MOST_WAITING) {
      const [oldest] = this.#deleted
      this.#deleted.delete(oldest!)
      this.#complete(oldest!, 'moved', null, true)
    }
  }

  #complete(
    path: string,
    action: 'copied' | 'replaced' | 'moved' | 'deleted',
    size: number | null,
    wasThere = false,
  ): void {
    this.#troubles.delete(path)
    if (action === 'deleted') this.counts.deleted += 1
    else this.counts.completed += 1
    this.#tell({ state: 'completed', action, path, size, ...(wasThere && { wasThere }) })
  }

  #fail(path: string, message: string): void {
    this.#deleted.delete(path)
    this.#copied.delete(path)
    if (this.#told.has(path)) return
    if (isCancelled(message)) {
      this.#settle({ state: 'cancelled', path })
      return
    }
    this.#failFor(path, this.#troubles.get(path) ?? reasonOf(message))
  }

  #failFor(path: string, reason: Reason): void {
    this.#troubles.delete(path)
    const seen = this.failures.get(reason.cause)
    if (seen) seen.files += 1
    else this.failures.set(reason.cause, { files: 1, message: reason.message })
    this.#settle({ state: 'failed', path, ...reason })
  }

  #settle(result: Extract<FileResult, { state: 'failed' | 'cancelled' }>): void {
    this.#told.add(result.path)
    this.counts[result.state] += 1
    this.#tell(result)
  }
}
