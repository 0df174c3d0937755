import { randomUUID } from 'node:crypto'
import type { Refused } from '#lib/agents/protocol.ts'
import type { AskedPlace } from '../endpoints/asked-place.ts'
import { openPlace } from '../endpoints/test-endpoint.ts'
import type { SlotPool } from '../rclone/pool.ts'
import type { Slot } from '../rclone/slot.ts'
import type { OpenedPlace, PlaceOpener } from '../secrets/place-opener.ts'
import type { OpenedToken, TokenKeeper } from '../secrets/token-keeper.ts'
import { answersSoon } from '../transfer/reach.ts'
import { whyElsewhere } from './real-place.ts'

const SILENT = {
  cause: 'silent',
  message: 'The folder does not answer. Check that its disk or network mount works, then try again.',
}

/** Opens a place on a slot of its own, works in it, and gives the slot back clean. A reason not to is answered. */
export type OpenRoom = <T>(
  asked: AskedPlace,
  work: (slot: Slot, opened: OpenedPlace) => Promise<T>,
) => Promise<T | Refused>

export function roomOn(pool: SlotPool, opener: PlaceOpener, keeper: TokenKeeper): OpenRoom {
  return async (asked, work) => {
    // Before a slot is taken: one that hangs on a dead mount is lost.
    if (!(await answersSoon(asked))) return { ok: false, ...SILENT }
    const slot = await pool.acquire()
    let tokens: OpenedToken[] = []
    try {
      const opened = await openPlace(slot, opener, asked)
      if ('cause' in opened) return { ok: false, cause: opened.cause, message: opened.message }
      tokens = opened.tokens
      const outside = await whyElsewhere([opened.place, ...opened.localBases], asked.roots)
      if (outside) return outside
      return await work(slot, opened)
    } finally {
      await keeper.end(slot, tokens)
      pool.release(slot, await slot.reset(`room-${randomUUID()}`))
    }
  }
}
