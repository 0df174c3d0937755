import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { LEASE_SECONDS } from '#lib/jobs/claim-attempt.ts'
import { requeueForgotten } from '#lib/jobs/requeue-forgotten.ts'
import {
  findQuietWorkers,
  type LeftAccount,
  type QuietWorker,
  rescueAttempts,
} from '#lib/jobs/rescue-attempts.ts'
import { log } from '#lib/log.ts'
import { endProcess, hasEnded, machineIdentity } from '../processes.ts'
import { settleLost } from '../rclone/left-account.ts'

const EVERY_MS = 2000
/** A question of a millisecond that took this long. */
const SLOW_MS = 1000
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
  let seen = new Map<string, string | null>()
  let lastSweep = performance.now()
  let busy = false
  const sweep = async () => {
    if (busy) return
    busy = true
    const began = performance.now()
    try {
      const quiet = await findQuietWorkers({ ctx })
      // It was away, or we were: a question that waited for it is no contact either.
      if (performance.now() - began > SLOW_MS || began - lastSweep > 2 * EVERY_MS) {
        reachedSince = performance.now()
      }
      lastSweep = performance.now()
      const patient = performance.now() - reachedSince > (LEASE_SECONDS + 1) * 1000
      // Seen twice: after a pause of this process, or of the whole machine, everybody's lease has run out at the
      // first look, and those who live renew before the second.
      const late = patient ? quiet.filter(({ expired, id, lease }) => expired && seen.get(id) === lease) : []
      seen = new Map(quiet.map(({ id, lease }) => [id, lease]))
      // On another machine it ends its rclone itself, and needs a moment for it.
      const ours = here === null ? [] : quiet.filter(({ machine }) => machine === here)
      const dead = ours.filter(({ process }) => process !== null && hasEnded(process))
      // First their processes, then their work: nothing may run twice at once.
      const lost = ours.filter((one) => dead.includes(one) || (one.silent && late.includes(one)))
      const slots = lost.flatMap((worker) => worker.slots)
      await Promise.all(slots.map(endProcess))
      const accounts = await settleLost({ slots, attemptIds: lost.flatMap(({ attemptIds }) => attemptIds) })
      // One whose rclone has not gone yet, though it was to die with its worker, waits for the next sweep.
      const over = dead.filter((worker) => worker.slots.every(hasEnded))
      const rescued =
        (await rescue(ctx, over, { accounts, ended: true })) +
        (await rescue(
          ctx,
          late.filter((one) => ours.includes(one)),
          { accounts },
        )) +
        (await rescue(
          ctx,
          late.filter((one) => !ours.includes(one) && one.overdue),
          { accounts, elsewhere: true },
        ))
      if (rescued > 0) log.warn({ rescued }, 'gave lost attempts back to the queue')
      if (performance.now() - lookedForForgotten > FORGOTTEN_EVERY_MS) {
        lookedForForgotten = performance.now()
        const requeued = await requeueForgotten({ ctx })
        if (requeued > 0) log.warn({ requeued }, 'queued attempts again whose message was gone')
      }
    } catch (error) {
      reachedSince = performance.now()
      log.warn({ err: messageOf(error) }, 'could not sweep')
    } finally {
      busy = false
    }
  }
  void sweep()
  const timer = setInterval(() => void sweep(), EVERY_MS)
  return () => clearInterval(timer)
}

async function rescue(
  ctx: Context,
  from: QuietWorker[],
  how: { accounts: LeftAccount[]; ended?: boolean; elsewhere?: boolean },
): Promise<number> {
  return from.length > 0 ? rescueAttempts({ ctx, of: from.map(({ id }) => id), ...how }) : 0
}
