import { and, asc, eq, or, type SQL } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import type { JobState, Wait } from './states.ts'
import { transition } from './transition.ts'

/** Jobs of one transaction. */
const AT_A_TIME = 200

/**
 * Shows on which routes (lib/jobs/route.ts) a worker begins nothing for now, because an endpoint does not answer: their
 * queued jobs become `pending` and say so; those on the routes `freed` (`all`: any other) are queued again. Attempts and
 * messages stay as they are, so a worker that knows nothing of it may run the job all the same.
 */
export async function tellHeld({
  ctx,
  held,
  freed,
}: {
  ctx: Context
  held: string[]
  freed: string[] | 'all'
}): Promise<void> {
  requireAgent(ctx.actor)
  if (held.length > 0) {
    const queued = and(eq(jobs.state, 'queued'), on(held))
    await move(ctx, queued, 'pending', { from: ['queued'], waitingFor: 'endpoint' })
  }
  if (freed.length > 0) {
    const waits = and(eq(jobs.state, 'pending'), eq(jobs.waitingFor, 'endpoint'))
    await move(ctx, freed === 'all' ? waits : and(waits, on(freed)), 'queued', { from: ['pending'] })
  }
}

async function move(
  ctx: Context,
  which: SQL | undefined,
  to: JobState,
  change: { from: JobState[]; waitingFor?: Wait },
): Promise<void> {
  for (let moved = AT_A_TIME; moved === AT_A_TIME; ) {
    moved = await ctx.db.transaction(async (tx) => {
      // Whoever has one of them locked is about to run or to end it.
      const found = await tx
        .select({ id: jobs.id })
        .from(jobs)
        .where(which)
        .orderBy(asc(jobs.id))
        .limit(AT_A_TIME)
        .for('update', { skipLocked: true })
      await Promise.all(found.map(({ id }) => transition(tx, id, to, change)))
      return found.length
    })
  }
}

function on(routes: string[]): SQL | undefined {
  return or(
    ...routes.map((route) => {
      const [source, destination] = route.split(' ') as [string, string]
      return and(eq(jobs.sourceEndpointId, source), eq(jobs.destinationEndpointId, destination))
    }),
  )
}
