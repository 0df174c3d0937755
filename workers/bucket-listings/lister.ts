import { setTimeout as sleep } from 'node:timers/promises'
import { type BucketListing, findListings } from '#lib/bucket-listings/find-listings.ts'
import {
  ListingOverError,
  recordFound,
  saveListing,
  withoutEvent,
} from '#lib/bucket-listings/record-found.ts'
import { afterListing } from '#lib/bucket-listings/state.ts'
import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { matcher } from '#lib/templates/pattern.ts'
import type { OpenRoom } from '../files/room.ts'
import { LeadLostError, type Term } from '../leader.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { redactor } from '../secrets/redactor.ts'
import { listWindow, type Window } from './list-window.ts'

/** An event has so long to come by itself. */
const GRACE_MS = 15 * 60_000
/** An upload in parts is listed with the time at which it began: one that took longer than this is not found. */
const LOOK_BACK_MS = 24 * 60 * 60_000
/** However long nobody listed: events that old may have been removed from the ledger. */
const MOST_MS = 30 * LOOK_BACK_MS
const TICK_MS = 30_000
const AGAIN_MS = 15 * 60_000
/** Objects of one transaction, which keeps those who write events of messages waiting. */
const AT_ONCE = 1000

/** Lists the buckets of S3 triggers now and then, one after the other, while this worker leads. */
export class BucketLister {
  readonly #ctx: Context
  readonly #room: OpenRoom
  readonly #times: { graceMs: number; tickMs: number }

  constructor(ctx: Context, room: OpenRoom, times = { graceMs: GRACE_MS, tickMs: TICK_MS }) {
    this.#ctx = ctx
    this.#room = room
    this.#times = times
  }

  /** From the election to its end. */
  async lead(term: Term): Promise<void> {
    const began = Date.now()
    while (!term.signal.aborted) {
      const listings = await findListings({ ctx: this.#ctx }).catch((error: unknown) => {
        log.warn({ err: messageOf(error) }, 'could not read which buckets to list')
        return []
      })
      for (const listing of listings) {
        if (term.signal.aborted) return
        if (this.#dueAt(listing, began) <= Date.now()) await this.#list(term, listing)
      }
      await sleep(this.#times.tickMs, undefined, { signal: term.signal }).catch(() => {})
    }
  }

  /** Not soon after a worker has begun: what waited in the queue meanwhile is to be read first. */
  #dueAt({ last, since, everyMinutes }: BucketListing, began: number): number {
    const { graceMs } = this.#times
    if (!last || last.since !== since.toISOString()) return since.getTime() + graceMs
    const everyMs = everyMinutes * 60_000
    const pauseMs = last.state === 'fail' ? Math.min(everyMs, AGAIN_MS) : everyMs
    return Math.max(Date.parse(last.at) + pauseMs, began + graceMs)
  }

  async #list(term: Term, listing: BucketListing): Promise<void> {
    const at = new Date()
    const window = windowOf(listing, new Date(at.getTime() - this.#times.graceMs))
    const since = listing.since.toISOString()
    try {
      const told = await this.#look(term, listing, window, at)
      if (term.signal.aborted) return
      const failed = 'cause' in told
      const countsFrom = countsFromOf(listing, window.to)
      const base = { since, base: listing.base, ...(countsFrom !== undefined && { countsFrom }) }
      const kept = listing.last?.since === since ? listing.last : null
      const state = failed
        ? {
            ...(kept ?? { found: 0, foundAt: null, example: null, until: window.from.toISOString() }),
            ...{ ...base, at: at.toISOString(), state: 'fail' as const },
            message: `The bucket could not be listed for what its events did not tell: ${told.message}`,
          }
        : afterListing(kept, { ...base, ...told, at, until: window.to.toISOString() })
      await term.transaction((tx) => saveListing(tx, listing.triggerId, state))
      if (!failed && told.found > 0) {
        log.warn({ template: listing.template, found: told.found }, 'objects came without an event')
      }
    } catch (error) {
      // Begun anew by whoever leads then, or with the trigger as it is now.
      if (error instanceof LeadLostError || error instanceof ListingOverError) return
      log.warn({ template: listing.template, err: messageOf(error) }, 'could not list a bucket')
    }
  }

  #look(term: Term, listing: BucketListing, window: Window, at: Date) {
    const isWanted = matcher(listing.pattern)
    return this.#room(listing.place, async (slot, { place, secrets }) => {
      let found = 0
      let example: string | null = null
      try {
        for await (const part of listWindow(slot, place, window, { signal: term.signal })) {
          const wanted = part.filter(({ path }) => isWanted(path))
          const missing = await withoutEvent(this.#ctx.db, listing, wanted)
          for (let n = 0; n < missing.length; n += AT_ONCE) {
            const some = missing.slice(n, n + AT_ONCE)
            found += await term.transaction((tx) => recordFound(tx, listing, some, at))
          }
          example = missing.at(-1)?.path ?? example
        }
      } catch (error) {
        if (error instanceof LeadLostError || error instanceof ListingOverError) throw error
        const { cause, message } = reasonOf(messageOf(error), 's3')
        return { cause, message: redactor(secrets)(message) }
      }
      return { found, example }
    })
  }
}

/** What lay in another bucket or prefix before its endpoint was pointed to it is no news. */
function countsFromOf({ last, since, base }: Pick<BucketListing, 'last' | 'since' | 'base'>, to: Date) {
  if (last?.since !== since.toISOString()) return undefined
  return last.base === base ? last.countsFrom : to.toISOString()
}

/** What is looked at: from where the listing before ended, and what may have come late to it. */
function windowOf({ last, since, base }: Pick<BucketListing, 'last' | 'since' | 'base'>, to: Date): Window {
  const isOn = last !== null && last.since === since.toISOString()
  const before = isOn && last.base === base ? new Date(last.until) : since
  const from = before.getTime() - (isOn ? LOOK_BACK_MS : 0)
  const countsFrom = Date.parse(countsFromOf({ last, since, base }, to) ?? '') || 0
  const begin = Math.max(from, since.getTime(), countsFrom, to.getTime() - MOST_MS)
  // The storage tells whole seconds.
  return { from: new Date(Math.floor(begin / 1000) * 1000), to }
}
