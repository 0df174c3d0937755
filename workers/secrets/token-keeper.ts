import { setTimeout as sleep } from 'node:timers/promises'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import { log } from '#lib/log.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import type { ControlPlane } from '../control-plane/types.ts'
import type { Slot } from '../rclone/slot.ts'

/** A token that rclone is given for a remote of its slot, and may refresh there. */
export type OpenedToken = {
  /** The endpoint that it belongs to. */
  row: string
  remote: string
  sealed: string
  clear: string
}

/** Two others may have put something there between two looks; more is no accident. */
const MOST_TRIES = 3
/** rclone refreshes 10 s before the end; a token that ends while a slot warms up counts as ended. */
const ENDS_WITHIN_MS = 30_000
/** A refresh takes a second. Whoever waits longer goes on with what it has: two may wait for each other. */
const WAIT_MS = 8_000
/** Sealed forms of one token that an assignment under way may still bring. */
const MOST_KNOWN = 20

/**
 * Keeps tokens that rclone has refreshed. Many services give a new refresh token each time and take the old one no
 * more: unless the new one is kept, the endpoint is dead when the access token ends; and of two that refresh at once
 * one is refused, so that within this process the second waits for the first.
 */
export class TokenKeeper {
  readonly #ring: KeyRing | null
  readonly #plane: Pick<ControlPlane, 'keepToken'>
  /** Told nobody yet, because the control plane was away. */
  readonly #untold = new Map<OpenedToken, string>()
  readonly #newest = new Map<string, { known: string[]; clear: string }>()
  readonly #refreshing = new Map<string, { slot: Slot; over: PromiseWithResolvers<void> }>()

  constructor(ring: KeyRing | null, plane: Pick<ControlPlane, 'keepToken'>) {
    this.#ring = ring
    this.#plane = plane
  }

  /** Brings a token up to date before rclone is given it; one that has ended waits until no other slot refreshes it. */
  async begin(slot: Slot, token: OpenedToken): Promise<void> {
    this.#update(token)
    while (hasEnded(token.clear)) {
      const other = this.#refreshing.get(token.row)
      if (other?.slot === slot) return
      if (!other) {
        this.#refreshing.set(token.row, { slot, over: Promise.withResolvers() })
        return
      }
      const isOver = await Promise.race([other.over.promise.then(() => true), sleep(WAIT_MS, false)])
      this.#update(token)
      if (!isOver) return
    }
  }

  /** Looks what has become of them in this slot. Never throws: what cannot be told now is told by `flush`. */
  async look(slot: Slot, tokens: readonly OpenedToken[]): Promise<void> {
    for (const token of tokens) {
      const now = await slot.remotes.read(token.remote).then(
        (remote) => remote.token,
        () => undefined,
      )
      if (!now || now === (this.#untold.get(token) ?? token.clear)) continue
      this.#untold.set(token, now)
      const known = this.#newest.get(token.row)?.known ?? []
      this.#newest.set(token.row, { known: remembered(known, token.sealed), clear: now })
      this.#release(slot, token.row)
    }
    await this.flush()
  }

  /** The same when the slot is done with them. */
  async end(slot: Slot, tokens: readonly OpenedToken[]): Promise<void> {
    await this.look(slot, tokens)
    // All that it holds: one of an opening that failed is in nobody's list.
    for (const row of [...this.#refreshing.keys()]) this.#release(slot, row)
  }

  async flush(): Promise<void> {
    for (const [token, now] of this.#untold) {
      try {
        await this.#keep(token, now)
        // Refreshed once more meanwhile: the next look tells that.
        if (this.#untold.get(token) === now) this.#untold.delete(token)
      } catch {
        log.warn({ endpoint: token.row }, 'a refreshed token could not be kept yet')
      }
    }
  }

  async #keep(token: OpenedToken, now: string): Promise<void> {
    if (!this.#ring) return
    const place = endpointSecret(token.row, 'token')
    const after = await seal(this.#ring[0].public, place, now)
    let before = token.sealed
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const kept = await this.#plane.keepToken({ row: token.row, before, after })
      if (kept === after) {
        const newest = this.#newest.get(token.row)
        if (newest) newest.known = remembered(newest.known, after)
        token.sealed = after
        break
      }
      // Sealed anew under another key it is still the one that rclone refreshed; any other text is somebody's own.
      if (kept === null || (await open(this.#ring, place, kept)) !== token.clear) break
      before = kept
    }
    token.clear = now
  }

  #update(token: OpenedToken): void {
    const newest = this.#newest.get(token.row)
    if (newest?.known.includes(token.sealed)) token.clear = newest.clear
  }

  #release(slot: Slot, row: string): void {
    const held = this.#refreshing.get(row)
    if (held?.slot !== slot) return
    this.#refreshing.delete(row)
    held.over.resolve()
  }
}

function remembered(known: string[], sealed: string): string[] {
  return [...known.filter((one) => one !== sealed), sealed].slice(-MOST_KNOWN)
}

/** As golang.org/x/oauth2 writes a token; one that is no such text, or says no end, never ends. */
function hasEnded(clear: string): boolean {
  try {
    const { expiry } = JSON.parse(clear) as { expiry?: string }
    return expiry !== undefined && Date.parse(expiry) < Date.now() + ENDS_WITHIN_MS
  } catch {
    return false
  }
}
