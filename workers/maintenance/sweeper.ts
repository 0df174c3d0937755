import { hostname } from 'node:os'
import type { Context } from '#lib/context.ts'
import { LEASE_SECONDS } from '#lib/jobs/claim-attempt.ts'
import { findLostSlots, requeueForgotten, rescueAttempts } from '#lib/jobs/rescue-attempts.ts'
import { log } from '#lib/log.ts'
import { settleLost } from '../rclone/left-account.ts'
import { endSlotProcess } from '../rclone/slot-process.ts'

const EVERY_MS = 2000
const FORGOTTEN_EVERY_MS = 15_000

/**
 * Gives lost attempts back. While the database was away every lease ran out, also of workers that live: so
 * nothing is rescued until this process has reached it for longer than a lease without a break.
 */
export function startSweeper(ctx: Context): () => void {
  let reachedSince = performance.now()
  let lookedForForgotten = performance.now()
  let busy = false
  const sweep = async () => {
    if (busy) return
    busy = true
    try {
      const patient = performance.now() - reachedSince > (LEASE_SECONDS + 1) * 1000
      if (patient) {
        // First their processes, then their work: nothing may run twice at once.
        const lost = await findLostSlots({ ctx, host: hostname() })
        await Promise.all(lost.slots.map(endSlotProcess))
        const accounts = await settleLost(lost)
        const rescued = await rescueAttempts({ ctx, accounts })
        if (rescued > 0) log.warn({ rescued }, 'gave lost attempts back to the queue')
      } else {
        await ctx.db.execute('select 1')
      }
      if (performance.now() - lookedForForgotten > FORGOTTEN_EVERY_MS) {
        lookedForForgotten = performance.now()
        const requeued = await requeueForgotten({ ctx })
        if (requeued > 0) log.warn({ requeued }, 'queued attempts again whose message was gone')
      }
    } catch (error) {
      reachedSince = performance.now()
      log.warn({ err: error instanceof Error ? error.message : String(error) }, 'could not sweep')
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void sweep(), EVERY_MS)
  return () => clearInterval(timer)
}
