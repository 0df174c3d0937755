import type { Operation } from '#lib/jobs/states.ts'
import type { Stored } from './sides.ts'
import { type Where, whereOf } from './where.ts'

type Side = { stored: Stored; below: string; agent?: string }

/**
 * Whether two sides are one folder, or lie in one another so that the operation would meet its own files: by the same
 * endpoint, by two endpoints of one storage, or by what they lie over. What settings do not tell (one share by two names,
 * one server by two hosts) the agent looks for just before a move.
 */
export function sidesOverlap(source: Side, destination: Side, operation: Operation): boolean {
  const from = whereOf(source.stored, source.below, source.agent)
  const to = whereOf(destination.stored, destination.below, destination.agent)
  return from.some((one) => to.some((other) => waysOverlap(one, other, operation)))
}

/** By the first name that both have: below it they can only be one as well. */
function waysOverlap(from: Where[], to: Where[], operation: Operation): boolean {
  for (const one of from) {
    const other = to.find(({ storage }) => storage === one.storage)
    if (other) return overlap(one, other, operation)
  }
  return false
}

function overlap(from: Where, to: Where, operation: Operation): boolean {
  const [source, destination] = [`${from.path}/`, `${to.path}/`]
  // With "/" at the end, so that /watch2 does not lie in /watch; the root of a storage holds everything.
  const holds = (outer: string, inner: string) => outer === '/' || inner.startsWith(outer)
  if (holds(source, destination)) return true
  // A copy out of a folder into the one above is right, but not into one that may be anywhere in it.
  return holds(destination, source) && (operation === 'sync' || to.within)
}
