import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowseAnswer, BrowseQuestion, Refused } from '#lib/agents/protocol.ts'
import { messageOf } from '#lib/errors.ts'
import { listRaw } from '../rclone/list.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { statPath } from '../rclone/places.ts'
import { RcError } from '../rclone/rc-client.ts'
import { storageOf } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { redactor } from '../secrets/redactor.ts'
import { ListingStore } from './listing-store.ts'
import type { OpenRoom } from './room.ts'

/** Long enough to scroll and to search in; a folder that is opened anew is listed anew. */
const KEPT_MS = 60_000
/** A page that was drawn twice at once (by the server, then by the browser) is one visit. */
const SAME_VISIT_MS = 2_000
/** Of all listings together: about 200 MB in the thread that holds them. */
const MOST_ENTRIES = 400_000
/** Of rclone's answer, at 150 to 250 bytes an entry. */
const MOST_BYTES = 128 * 1024 * 1024
/** A bucket is listed a thousand keys a request: 100,000 take longer than anybody waits for one answer. */
const LIST_WITHIN_MS = 5 * 60_000
/** Below the quarter of a minute in which a question must be answered. */
const ANSWER_WITHIN_MS = 12_000
/** What a search below a folder may cost. */
const SEARCH = { folders: 5_000, entries: 200_000, found: 10_000, ms: 10_000 }

type Made = { total: number; complete: boolean }
type Held = {
  id: string
  row: string
  madeAt: number
  made: Promise<Made | Refused>
  entries: number
  timer?: NodeJS.Timeout
}

/**
 * Listings of folders, each made once and kept for a while, so that pages of it, another order and a search cost no
 * storage and fit each other. Keyed by all that an endpoint is: one that changes is another one.
 */
export class Listings {
  readonly #room: OpenRoom
  readonly #store = new ListingStore()
  readonly #held = new Map<string, Held>()

  constructor(room: OpenRoom) {
    this.#room = room
  }

  async answer(asked: BrowseQuestion): Promise<BrowseAnswer> {
    const { listing, q, below, sort, offset, limit, ...place } = asked
    const key = createHash('sha256')
      .update(JSON.stringify([place, below ? q : null]))
      .digest('hex')
    const held = this.#find(key, listing, q, offset) ?? this.#make(key, asked)
    const late = sleep(ANSWER_WITHIN_MS, null, { ref: false })
    const made = await Promise.race([held.made, late])
    if (made === null) {
      const message =
        'The folder is still being listed: it is large, or its storage does not answer. Ask again in a moment.'
      return { ok: false, cause: 'listing', message }
    }
    if ('cause' in made) return made
    const cut = await this.#store.window({ listing: held.id, q: below ? '' : q, sort, offset, limit })
    if (!cut) return { ok: false, cause: 'listing', message: 'The listing is not there any more. Ask again.' }
    return { ok: true, listing: held.id, ...cut, complete: made.complete }
  }

  /** Something of this endpoint was changed here. */
  forget(row: string): void {
    for (const [key, held] of this.#held) if (held.row === row) this.#drop(key)
  }

  async close(): Promise<void> {
    for (const key of this.#held.keys()) this.#drop(key)
    await this.#store.close()
  }

  #find(key: string, listing: string | null, q: string, offset: number): Held | null {
    const held = this.#held.get(key)
    if (!held) return null
    const goesOn = listing === held.id || q !== '' || offset > 0
    const isNew = performance.now() - held.madeAt < SAME_VISIT_MS
    if (goesOn || isNew || held.entries === 0) return held
    this.#drop(key)
    return null
  }

  #make(key: string, asked: BrowseQuestion): Held {
    const held: Held = {
      ...{ id: randomUUID(), row: asked.row, madeAt: performance.now(), entries: 0 },
      made: Promise.resolve({ total: 0, complete: false }),
    }
    this.#held.set(key, held)
    const listed = this.#list(held, asked).catch((error: unknown): Refused => {
      return { ok: false, cause: 'unknown', message: `The folder could not be listed: ${messageOf(error)}` }
    })
    held.made = listed.then((made) => {
      if ('cause' in made) {
        if (this.#held.get(key) === held) this.#drop(key)
        return made
      }
      held.madeAt = performance.now()
      // At least one: nought says that it is not made yet.
      held.entries = Math.max(1, made.total)
      held.timer = setTimeout(() => this.#held.get(key) === held && this.#drop(key), KEPT_MS).unref()
      this.#makeRoom(key)
      return made
    })
    return held
  }

  #makeRoom(newest: string): void {
    let total = [...this.#held.values()].reduce((sum, { entries }) => sum + entries, 0)
    for (const [key, held] of this.#held) {
      if (total <= MOST_ENTRIES) return
      if (key === newest || held.entries === 0) continue
      total -= held.entries
      this.#drop(key)
    }
  }

  #drop(key: string): void {
    const held = this.#held.get(key)
    if (!held) return
    this.#held.delete(key)
    clearTimeout(held.timer)
    void held.made.finally(() => this.#store.drop(held.id))
  }

  async #list(held: Held, { q, below, ...asked }: BrowseQuestion): Promise<Made | Refused> {
    return this.#room(asked, async (slot, { place, secrets }): Promise<Made | Refused> => {
      try {
        if (place.type === 'local') {
          const not = await whyNotFolder(slot, place)
          if (not) return not
        }
        const made = below ? await this.#search(slot, held, place, q) : await this.#folder(slot, held, place)
        // A storage of objects calls a folder empty that is not there. Asked only then: to find one folder rclone
        // lists all that is beside it.
        const isEmpty = 'total' in made && made.total === 0 && !below && place.path !== ''
        return (isEmpty && (await whyNotFolder(slot, place))) || made
      } catch (error) {
        if (error instanceof RcError && error.status === 413) return tooMany()
        const { cause, message } = reasonOf(messageOf(error))
        return { ok: false, cause, message: redactor(secrets)(message) }
      }
    })
  }

  async #folder(slot: Slot, held: Held, place: Place): Promise<Made | Refused> {
    const raw = await listUnread(slot, place, place.path)
    const local = place.type === 'local'
    const { held: total } = await this.#store.add({
      listing: held.id,
      raw,
      folder: place.path,
      local,
      q: null,
    })
    if (total <= MOST_ENTRIES) return { total, complete: true }
    return tooMany()
  }

  async #search(slot: Slot, held: Held, place: Place, q: string): Promise<Made> {
    const until = performance.now() + SEARCH.ms
    const local = place.type === 'local'
    const folders = [place.path]
    let [looked, seen, total] = [0, 0, 0]
    // Breadth first: what is near is found before the bounds are met.
    for (const folder of folders) {
      if (looked >= SEARCH.folders || seen >= SEARCH.entries || total >= SEARCH.found) break
      if (performance.now() > until) break
      const raw = await listUnread(slot, place, folder)
      const added = await this.#store.add({ listing: held.id, raw, folder, local, q })
      looked += 1
      seen += added.seen
      total = added.held
      const left = SEARCH.folders - folders.length
      folders.push(
        ...added.folders
          .slice(0, Math.max(0, left))
          .map((name) => (folder === '' ? name : `${folder}/${name}`)),
      )
    }
    return { total, complete: looked === folders.length && folders.length < SEARCH.folders }
  }
}

function tooMany(): Refused {
  const message = `The folder holds more than ${MOST_ENTRIES.toLocaleString('en')} entries, too many to show. A transfer takes it all the same.`
  return { ok: false, cause: 'too_many', message }
}

async function whyNotFolder(slot: Slot, place: Place): Promise<Refused | null> {
  const kind = await statPath(slot, place)
  if (kind === 'folder') return null
  if (kind !== 'missing')
    return { ok: false, cause: 'not_a_folder', message: 'This is a file, not a folder.' }
  return { ok: false, cause: 'source_missing', message: 'There is no such folder.' }
}

/** rclone's answer, unread. Throws RcError. */
function listUnread(slot: Slot, place: Place, path: string): Promise<Uint8Array> {
  const question = { fs: storageOf(place, path), opt: { noMimeType: true } }
  return listRaw(slot, question, { timeoutMs: LIST_WITHIN_MS, most: MOST_BYTES })
}
