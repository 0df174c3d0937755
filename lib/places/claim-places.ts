import { and, eq } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import type { AttemptRef } from '#lib/jobs/schema.ts'
import { findTaken } from './find-taken.ts'
import type { Keying, Pair } from './place-keys.ts'
import { takePlaces } from './take-places.ts'

/** The places that an attempt is about to fill; `caseBlind`: names in two cases are one there. */
export type PlaceClaim = AttemptRef & { pairs: Pair[]; caseBlind: boolean }

/** Files whose place is another's: which, and why. */
export type PlaceRefusal = { source: string; message: string }

/**
 * Gives a run the places that no other file of its template has, before it writes to them. Asked again by the next
 * attempt, or for a newer version of the same files, it answers the same.
 */
export async function claimPlaces({
  ctx,
  claim: { attemptId, epoch, pairs, caseBlind },
}: {
  ctx: Context
  claim: PlaceClaim
}): Promise<PlaceRefusal[]> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const [held] = await tx
      .select({ job: jobs })
      .from(attempts)
      .innerJoin(jobs, eq(jobs.id, attempts.jobId))
      .where(and(eq(attempts.id, attemptId), eq(attempts.epoch, epoch), eq(attempts.state, 'running')))
    const { templateId } = held?.job ?? {}
    if (!held || !templateId) return pairs.map(({ source }) => ({ source, message: LOST }))
    // One at a time for each template, as its gatherer: what nobody has yet is given once.
    await tx
      .select({ id: templates.id })
      .from(templates)
      .where(eq(templates.id, templateId))
      .for('no key update')
    const { id, destinationEndpointId, sourceEndpointId, sourcePath, operation } = held.job
    const source = { endpointId: sourceEndpointId, path: sourcePath }
    const run = { templateId, destinationEndpointId, source, isMove: operation === 'move' }
    const keyings: Keying[] = caseBlind ? ['exact', 'blind'] : ['exact']
    const refusals: PlaceRefusal[] = []
    let left = pairs
    for (const keying of keyings) {
      const taken = await findTaken(tx, run, left, keying)
      for (const [pair, message] of taken) refusals.push({ source: pair.source, message })
      left = left.filter((pair) => !taken.has(pair))
      await takePlaces(tx, run, id, left, keying)
    }
    return refusals
  })
}

const LOST = 'This attempt is no longer its worker’s.'
