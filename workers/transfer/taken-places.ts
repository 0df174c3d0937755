import { setTimeout as sleep } from 'node:timers/promises'
import { databaseTrouble } from '#lib/db/trouble.ts'
import type { FilePair } from '#lib/jobs/schema.ts'
import type { PlaceClaim, PlaceRefusal } from '#lib/places/claim-places.ts'
import { readInfo } from '../rclone/fs-info.ts'
import type { Checking } from './checks.ts'
import type { Pairs } from './pairs.ts'
import { storableText } from './storable.ts'

/** Of one question: half a second's work of the database, and others of the template wait meanwhile. */
const PORTION = 5_000
const AGAIN_MS = 1000

/**
 * Those of a run's files whose place is another's, of this run or of one before: none is written over another. Of
 * several that are new to a place the first by name gets it. Throws RcError.
 */
export async function refuseTaken(checking: Checking, pairs: FilePair[]): Promise<Pairs> {
  const { slot, assignment, to } = checking
  const found: Pairs = { pairs: [], refused: [] }
  if (pairs.length === 0) return found
  const { Features } = await readInfo(slot, to.place)
  const caseBlind = Features.CaseInsensitive === true
  // Those of events were given theirs when they were gathered, by their exact names.
  if (assignment.plan?.kind === 'listed' && !caseBlind) return { pairs, refused: [] }
  const sorted = pairs.toSorted((a, b) => (a.source < b.source ? -1 : 1))
  const { attemptId, epoch } = assignment
  for (let from = 0; from < sorted.length; from += PORTION) {
    const portion = sorted.slice(from, from + PORTION)
    const asked = portion.map(({ source, destination }) => {
      return { source: storableText(source), destination: storableText(destination) }
    })
    const refusals = await ask(checking, { attemptId, epoch, pairs: asked, caseBlind })
    const why = new Map(refusals.map(({ source, message }) => [source, message]))
    for (const [at, pair] of portion.entries()) {
      const message = why.get(asked[at]!.source)
      if (message === undefined) found.pairs.push(pair)
      else found.refused.push({ path: pair.source, cause: 'name_not_allowed', message })
    }
  }
  return found
}

/** While the control plane is away nothing is written anywhere: its answer is waited for, as at the end of an attempt. */
async function ask({ plane, step }: Checking, claim: PlaceClaim): Promise<PlaceRefusal[]> {
  for (;;) {
    step()
    try {
      return await plane.claimPlaces(claim)
    } catch (error) {
      if (databaseTrouble(error) === null) throw error
      await sleep(AGAIN_MS)
    }
  }
}
