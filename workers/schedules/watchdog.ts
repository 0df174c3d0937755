import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { checkFirings } from '#lib/schedules/check-firings.ts'
import { LATE_MS } from '#lib/schedules/decide.ts'

const EVERY_MS = 15_000

/**
 * Looks whether schedules have fired when they should have, by their settings and what is written, not by what was sent.
 * Every worker does so. After a start, or a time in which the database was away, it first lets whoever fires catch up:
 * what nobody could make is theirs to settle, as each schedule says.
 */
export function startWatchdog(ctx: Context, { everyMs = EVERY_MS, lateMs = LATE_MS } = {}): () => void {
  let reachedSince = performance.now()
  let last = performance.now()
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    const began = performance.now()
    // This process slept, or the round before hung.
    if (began - last > 2 * everyMs) reachedSince = began
    try {
      if (began - reachedSince >= lateMs) {
        const { missing, planned } = await checkFirings({ ctx, lateMs })
        if (missing > 0) log.warn({ missing }, 'found firings of schedules missing')
        if (planned > 0) log.warn({ planned }, 'planned schedules again whose message was gone')
      }
    } catch (error) {
      reachedSince = performance.now()
      log.warn({ err: messageOf(error) }, 'could not look after schedules')
    } finally {
      last = performance.now()
      busy = false
    }
  }
  const timer = setInterval(() => void look(), everyMs)
  return () => clearInterval(timer)
}
