import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { Ready } from './checks.ts'
import { removePartials, type Swept } from './leftovers.ts'
import { answersSoon, soon } from './reach.ts'
import { removeRemotePartials } from './remote-leftovers.ts'

// A killed rclone leaves its partial files, and a job that a person cancels now has no next attempt that looks again.

const HERE_MS = 60_000
/** The storage may be why it was killed, and whoever cancelled waits. */
const ELSEWHERE_MS = 20_000

export function isHere({ source, destination }: { source: Place; destination: Place }): boolean {
  return source.type === 'local' && destination.type === 'local'
}

/** On this machine. Null where that took too long. */
export async function tidyUpHere(
  { source, destination, pairs }: Ready,
  jobBegan: Date,
): Promise<Swept | null> {
  if (!(await answersSoon(source, destination))) return null
  const time = AbortSignal.timeout(HERE_MS)
  const step = () => time.throwIfAborted()
  return soon(removePartials(source, destination, jobBegan, { pairs, step }), HERE_MS)
}

/** In a storage elsewhere, by another rclone, in which `open` makes both places known. Null also where it says no. */
export async function tidyUpElsewhere(
  slot: Slot,
  { source, destination, sourceIsFile, pairs }: Ready,
  open: (slot: Slot) => Promise<unknown>,
  stopped: AbortSignal,
): Promise<Swept | null> {
  const over = AbortSignal.any([AbortSignal.timeout(ELSEWHERE_MS), stopped])
  const step = () => over.throwIfAborted()
  const work = async () => {
    await open(slot)
    step()
    return removeRemotePartials(slot, source, destination, { sourceIsFile, pairs, step })
  }
  const { promise: late, resolve } = Promise.withResolvers<null>()
  over.addEventListener('abort', () => resolve(null), { once: true })
  const swept = await Promise.race([work().catch(() => null), late])
  // It may still be at it.
  if (swept === null) slot.doubt()
  return swept
}
