import type { ListedObject } from '#lib/bucket-listings/record-found.ts'
import { listRaw } from '../rclone/list.ts'
import { RcError } from '../rclone/rc-client.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'

/**
 * Of one answer of rclone, about 80,000 objects: it is read at once, and the worker does nothing else for a sixth of a
 * second. A window of time that holds more is halved.
 */
const MOST_BYTES = 16 * 1024 * 1024
/** A bucket is listed a thousand keys a request: ten million take a quarter of an hour and more. */
const WITHIN_MS = 2 * 60 * 60_000
/** Times of objects are to the second: a window cannot be halved below that. */
const SHORTEST_MS = 1000

export type Window = { from: Date; to: Date }
type Raw = { Path: string; Size: number; ModTime: string }

export class TooManyObjectsError extends Error {}

/**
 * Objects at a place that the storage got from `from` to before `to`, by its own clock: what an uploader says of a
 * file's time would have to be asked for object by object. rclone leaves the others out while it lists, so that neither
 * it nor this process holds the whole bucket. Throws RcError, TooManyObjectsError.
 */
export async function* listWindow(
  slot: Slot,
  place: Place,
  { from, to }: Window,
  { signal, most = MOST_BYTES }: { signal: AbortSignal; most?: number },
): AsyncGenerator<ListedObject[]> {
  const found = await listOnce(slot, place, { from, to }, { signal, most })
  if (found) {
    yield found
    return
  }
  if (to.getTime() - from.getTime() <= SHORTEST_MS) {
    throw new TooManyObjectsError(`More objects came at ${from.toISOString()} than can be listed at once.`)
  }
  const middle = new Date(Math.ceil((from.getTime() + to.getTime()) / 2))
  yield* listWindow(slot, place, { from, to: middle }, { signal, most })
  yield* listWindow(slot, place, { from: middle, to }, { signal, most })
}

/** Null where the answer is too long. */
async function listOnce(
  slot: Slot,
  place: Place,
  { from, to }: Window,
  { signal, most }: { signal: AbortSignal; most: number },
): Promise<ListedObject[] | null> {
  const now = Date.now()
  // Ages count from when rclone reads them, a moment later: so a little more is asked for, and left out below.
  const age = (at: Date, moreMs = 0) => `${Math.max(0, Math.round(now - at.getTime() + moreMs))}ms`
  const question = {
    ...{ fs: storageOf(place), opt: { recurse: true, filesOnly: true, noMimeType: true } },
    _config: { UseServerModTime: true, LowLevelRetries: 3 },
    _filter: { MaxAge: age(from, 1000), MinAge: age(to) },
  }
  try {
    const raw = await listRaw(slot, question, { timeoutMs: WITHIN_MS, most, signal })
    const { list } = JSON.parse(new TextDecoder().decode(raw)) as { list: Raw[] | null }
    return (list ?? []).flatMap(({ Path, Size, ModTime }) => {
      const at = new Date(ModTime)
      return at >= from && at < to ? [{ path: Path, size: Math.max(0, Size), at }] : []
    })
  } catch (error) {
    if (error instanceof RcError && error.status === 413) return null
    throw error
  }
}
