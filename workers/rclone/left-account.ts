import { createReadStream, writeFileSync } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { LeftAccount } from '#lib/jobs/rescue-attempts.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { removePartials } from '../transfer/leftovers.ts'
import { answersSoon } from '../transfer/reach.ts'
import { FileResults, fileEnd } from './file-results.ts'
import { LineReader } from './line-reader.ts'
import { parseLine } from './log-line.ts'
import { exactPath } from './names.ts'
import { fullPath } from './remote.ts'
import { logIn } from './slot-folder.ts'
import type { FileResult, Place, TransferRequest } from './types.ts'

/**
 * A worker tells of its files once a second, so one that is killed dies with up to a second of them untold: they
 * lie at the destination, or a move has taken them from the source, and no row says so. But the log of its
 * rclone is a file, which outlives both. A note beside it says which attempt it is about; whoever rescues the
 * attempt on the same machine reads it.
 */

/** No settings of a storage: they may be secret. Full paths, null where they are not local. */
type Note = {
  attemptId: string
  operation: Operation
  source: string | null
  sourceIsFile: boolean
  destination: string | null
  /** Where files go that have a place of their own. */
  places?: Record<string, string>
}

const noteIn = (folder: string) => join(folder, 'attempt')

/** A report carries no more either. */
const MOST_FILES = 500_000

export function noteAttempt(folder: string, request: TransferRequest): void {
  const { group, operation, source, destination, sourceIsFile, pairs } = request
  const note: Note = {
    attemptId: group,
    operation,
    source: source.type === 'local' ? fullPath(source) : null,
    sourceIsFile,
    destination: destination.type === 'local' ? fullPath(destination) : null,
    ...(pairs && { places: Object.fromEntries(pairs.map((pair) => [pair.source, pair.destination])) }),
  }
  try {
    writeFileSync(noteIn(folder), JSON.stringify(note), { mode: 0o600 })
  } catch {
    // A full disk must not keep a transfer from running; without its note its last second may go untold.
  }
}

/**
 * What the logs in these slots' folders tell of the lost attempts; a folder that is gone tells nothing. Their
 * rclones have ended: the partial files they left are removed, since no other attempt may follow.
 */
export async function settleLost(lost: {
  attemptIds: string[]
  slots: { folder: string }[]
}): Promise<LeftAccount[]> {
  const read = await Promise.all(
    lost.slots.map(({ folder }) => settleSlot(folder, lost.attemptIds).catch(() => null)),
  )
  return read.filter((account) => account !== null)
}

async function settleSlot(folder: string, lost: string[]): Promise<LeftAccount | null> {
  const note = JSON.parse(await readFile(noteIn(folder), 'utf8')) as Note
  // An idle slot's note speaks of an attempt that has ended: what lies there now may be another's.
  if (!lost.includes(note.attemptId)) return null
  const { mtime } = await lstat(noteIn(folder))
  const places = [note.source, note.destination].filter((path) => path !== null).map(placeAt)
  // A dead mount must not keep everybody's lost attempts from being given back.
  const reached = await answersSoon(...places)
  const [source, destination] = places
  if (source && destination && reached) {
    const pairs = note.places ? Object.values(note.places).map((path) => ({ destination: path })) : null
    await removePartials(source, destination, mtime, { pairs })
  }
  const results = await readResults(folder, note)
  if (!reached) {
    return { attemptId: note.attemptId, files: results.map((result) => fileEnd(note.operation, result)) }
  }
  const settled = await Promise.all(results.map((result) => settle(note, result)))
  return { attemptId: note.attemptId, files: settled.map((result) => fileEnd(note.operation, result)) }
}

async function readResults(folder: string, note: Note): Promise<FileResult[]> {
  const told: FileResult[] = []
  const account = new FileResults(note.operation, (result) => {
    if (told.length < MOST_FILES) told.push(result)
  })
  const lines = new LineReader((text) => {
    // Where a part was given back to the disk its bytes read as noughts; that part was told long ago.
    const line = parseLine(text.replace(/^\0+/, ''))
    if (!line) return
    account.add(line, line.path !== null && note.source !== null ? exactPath(line.path) : line.path)
  })
  for await (const chunk of createReadStream(logIn(folder))) lines.push(chunk as Buffer)
  account.end({ died: true })
  return told
}

/** The disk knows what the log could not say any more: sizes, and whether a moved file had left its source. */
async function settle(note: Note, result: FileResult): Promise<FileResult> {
  if (note.operation !== 'move' || note.destination === null || result.state === 'failed') return result
  const place = note.places?.[result.path] ?? result.path
  const there = await lstat(posix.join(note.destination, place)).catch(() => null)
  if (result.state === 'completed') return { ...result, size: result.size ?? there?.size ?? null }
  if (note.source === null) return result
  const folder = note.sourceIsFile ? posix.dirname(note.source) : note.source
  const left = await lstat(posix.join(folder, result.path)).catch(() => null)
  if (left !== null || !there) return result
  return { state: 'completed', action: 'moved', path: result.path, size: there.size }
}

function placeAt(path: string): Place {
  return { type: 'local', root: path, path: '' }
}
