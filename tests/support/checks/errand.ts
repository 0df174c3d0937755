import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Operation } from '#lib/jobs/states.ts'
import { treeOf } from '../files.ts'

export type Lying = Record<string, { size: number; content: string }>

/** What a job was to do, written down before it began: the checker's own truth. */
export type Errand = {
  jobId: string
  operation: Operation
  /** The folders of the two sides, full paths. */
  source: string
  destination: string
  /** What lay at the source and at the destination before. */
  atSource: Lying
  atDestination: Lying
}

/** Every file below `folder` with its size and content; nothing when it does not exist. */
export function survey(folder: string): Lying {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (!found) return {}
  return Object.fromEntries(
    Object.entries(treeOf(folder)).map(([path, content]) => {
      // A name that is not UTF-8 has no path that Node could ask for.
      const size = path.startsWith('latin1:') ? -1 : lstatSync(join(folder, path)).size
      return [path, { size, content }]
    }),
  )
}

/** Files that the job had to carry: the destination had none of that name, or another. */
export function toCarry({ operation, atSource, atDestination }: Errand): string[] {
  return Object.keys(atSource).filter(
    (path) => operation === 'move' || atDestination[path]?.content !== atSource[path]!.content,
  )
}

/** Files that a sync had to delete. */
export function toDelete({ operation, atSource, atDestination }: Errand): string[] {
  return operation === 'sync' ? Object.keys(atDestination).filter((path) => !(path in atSource)) : []
}
