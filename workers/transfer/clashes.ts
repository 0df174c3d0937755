import type { FilePair } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { readInfo } from '../rclone/fs-info.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { Pairs } from './pairs.ts'

/**
 * Of several files that go to one place the first by name, so that none is written over another. Of a move none of
 * them: when one has gone, the next attempt would take the other for the only one. Throws RcError.
 */
export async function refuseClashes(
  slot: Slot,
  destination: Place,
  operation: Operation,
  pairs: FilePair[],
): Promise<Pairs> {
  const clashes = await findClashes(slot, destination, pairs)
  const found: Pairs = { pairs: [], refused: [] }
  for (const pair of pairs) {
    const others = clashes.get(pair)
    if (others === undefined || (operation !== 'move' && isFirst(pair, others))) {
      found.pairs.push(pair)
      continue
    }
    const [other] = others
    const message =
      other!.destination === pair.destination
        ? `${other!.source} goes to the same place, ${pair.destination}.`
        : `${other!.source} goes to ${other!.destination}: the destination takes names that differ only in upper and lower case for one.`
    found.refused.push({ path: pair.source, cause: 'name_not_allowed', message })
  }
  return found
}

function isFirst(pair: FilePair, others: FilePair[]): boolean {
  return others.every((other) => pair.source < other.source)
}

/** Those that do not have their place to themselves, each with the others. */
async function findClashes(
  slot: Slot,
  destination: Place,
  pairs: FilePair[],
): Promise<Map<FilePair, FilePair[]>> {
  const byPlace = clashesBy(pairs, (place) => place)
  const byName = clashesBy(pairs, (place) => place.toLowerCase())
  if (byName.size === byPlace.size) return byPlace
  const { Features } = await readInfo(slot, destination)
  return Features.CaseInsensitive === true ? byName : byPlace
}

function clashesBy(pairs: FilePair[], keyOf: (place: string) => string): Map<FilePair, FilePair[]> {
  const groups = Map.groupBy(pairs, ({ destination }) => keyOf(destination))
  const clashing = [...groups.values()].filter((group) => group.length > 1)
  return new Map(
    clashing.flatMap((group) => {
      return group.map((pair) => [pair, group.filter((other) => other !== pair)] as const)
    }),
  )
}
