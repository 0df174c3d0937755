import type { Context } from '#lib/context.ts'
import { LEASE_SECONDS } from '#lib/jobs/claim-attempt.ts'
import {
  findQuietWorkers,
  type QuietWorker,
  requeueForgotten,
  rescueAttempts,
} from '#lib/jobs/rescue-attempts.ts'
import { log } from '#lib/log.ts'
import { endProcess, hasEnded, machineIdentity } from '../processes.ts'

const EVERY_MS = 2000
const FORGOTTEN_EVERY_MS = 15_000

/**
 * Gives lost attempts back: at once those of a worker of this machine whose process has ended, the others when
 * their lease has run out. While the database was away every lease ran out, also of workers that live: so by
 * lease nothing is rescued until this process has reached it for longer than a lease without a break.
 */
export function startSweeper(ctx: Context): () => void {
  const here = machineIdentity()
  let reachedSince = performance.now()
  let lookedForForgotten = performance.now()
  let busy = false
  const sweep = async () => {
    if (busy) return
    busy = true
    try {
      const quiet = await findQuietWorkers({ ctx })
      const patient = performance.now() - reachedSince > (LEASE_SECONDS + 1) * 1000
      const late = patient ? quiet.filter(({ expired }) => expired) : []
      const ours = here === null ? [] : quiet.filter(({ machine }) => machine === here)
      const dead = ours.filter(({ process }) => process !== null && hasEnded(process))
      // First their processes, then their work: nothing may run twice at once.
      for (const worker of ours.filter((one) => dead.includes(one) || late.includes(one))) {
        worker.slots.forEach(endProcess)
      }
      const rescued = (await rescueDead(ctx, dead)) + (late.length > 0 ? await rescueAttempts({ ctx }) : 0)
      if (rescued > 0) log.warn({ rescued }, 'gave lost attempts back to the queue')
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
  void sweep()
  const timer = setInterval(() => void sweep(), EVERY_MS)
  return () => clearInterval(timer)
}

/** One whose rclone has not gone yet, though it was to die with its worker, waits for the next sweep. */
async function rescueDead(ctx: Context, dead: QuietWorker[]): Promise<number> {
  const over = dead.filter(({ slots }) => slots.every(hasEnded)).map(({ id }) => id)
  return over.length > 0 ? rescueAttempts({ ctx, of: over }) : 0
}
