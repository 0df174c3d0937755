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
  return from.some((one) =>
    to.some((other) => {
      const [above, below] = common(one, other) ?? []
      return above !== undefined && overlap(above, below!, operation)
    }),
  )
}

/**
 * A test for places below a destination: whether what lands there lies in the source, where it would be found again.
 * What only an encrypted name could hide is not looked for.
 */
export function insideTest(source: Side, destination: Omit<Side, 'below'>): (below: string) => boolean {
  const { stored, agent } = destination
  const from = whereOf(source.stored, source.below, source.agent)
  const storages = new Set(from.flat().map(({ storage }) => storage))
  const isShared = whereOf(stored, '', agent)
    .flat()
    .some(({ storage }) => storages.has(storage))
  // Nearly always they are two storages, and there are many files.
  if (!isShared) return () => false
  return (below) =>
    whereOf(stored, below, agent).some((to) =>
      from.some((way) => {
        const [outer, inner] = common(way, to) ?? []
        return outer !== undefined && holds(`${outer.path}/`, `${inner!.path}/`)
      }),
    )
}

/** By the first name that both have: below it they can only be one as well. */
function common(from: Where[], to: Where[]): [Where, Where] | null {
  for (const one of from) {
    const other = to.find(({ storage }) => storage === one.storage)
    if (other) return [one, other]
  }
  return null
}

/** With "/" at the end, so that /watch2 does not lie in /watch; the root of a storage holds everything. */
function holds(outer: string, inner: string): boolean {
  return outer === '/' || inner.startsWith(outer)
}

function overlap(from: Where, to: Where, operation: Operation): boolean {
  const [source, destination] = [`${from.path}/`, `${to.path}/`]
  if (holds(source, destination)) return true
  // A copy out of a folder into the one above is right, but not into one that may be anywhere in it.
  return holds(destination, source) && (operation === 'sync' || to.within)
}
