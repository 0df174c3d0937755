import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import type { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { notify } from '#lib/live/channel.ts'
import { findTaken } from '#lib/places/find-taken.ts'
import { takePlaces } from '#lib/places/take-places.ts'
import { forgetMoved } from '#lib/watches/forget-moved.ts'

type Job = Pick<
  typeof jobs.$inferSelect,
  | 'id'
  | 'state'
  | 'operation'
  | 'trigger'
  | 'plan'
  | 'unchangedFiles'
  | 'errorMessage'
  | 'templateId'
  | 'sourceEndpointId'
  | 'sourcePath'
  | 'destinationEndpointId'
>

/**
 * Gives the events of a job the fate that follows from its state, in the transaction that changes it: what ended says
 * for each file whether it arrived; what is begun again has its events wait again.
 */
export async function followJob(tx: Tx, job: Job): Promise<void> {
  const ofJob = eq(events.jobId, job.id)
  switch (job.state) {
    case 'completed':
      await tx
        .update(events)
        .set({ state: 'transferred', settledAt: sql`now()`, reason: null })
        .where(and(ofJob, eq(events.state, 'pending')))
      break
    case 'failed':
    case 'cancelled': {
      const why =
        job.state === 'cancelled' ? 'The job was cancelled.' : (job.errorMessage ?? 'The job failed.')
      const file = and(eq(transfers.jobId, job.id), eq(transfers.path, events.path))
      // Where each of its files has a row or was there already, one without a row was there already.
      const isWhole = sql`${job.plan?.kind === 'listed' && job.unchangedFiles > 0}
        and (select count(*) from ${transfers} where ${transfers.jobId} = ${job.id}) + ${job.unchangedFiles}
          >= (select count(distinct path) from ${events} as of_job where of_job.job_id = ${job.id})`
      const arrived = sql`case when ${isWhole}
        then not exists (select 1 from ${transfers} where ${file} and ${transfers.state} <> 'completed')
        else exists (select 1 from ${transfers} where ${file} and ${transfers.state} = 'completed') end`
      const told = sql`(select ${transfers.message} from ${transfers} where ${file} limit 1)`
      await tx
        .update(events)
        .set({
          state: sql`case when ${arrived} then 'transferred' else 'failed' end`,
          reason: sql`case when ${arrived} then null else coalesce(${told}, ${why}) end`,
          settledAt: sql`now()`,
        })
        .where(and(ofJob, eq(events.state, 'pending')))
      break
    }
    case 'queued':
      await wakeFailed(tx, job)
      break
    default:
      return
  }
  if (job.operation === 'move' && job.trigger === 'watch') await forgetMoved(tx, job.id)
  await notify(tx, 'live', 'events')
}

/** What failed waits for the job that is begun again, unless another file has come to its place since. */
async function wakeFailed(tx: Tx, job: Job): Promise<void> {
  const { id, plan, templateId, destinationEndpointId, operation } = job
  const isFailed = and(eq(events.jobId, id), eq(events.state, 'failed'))
  // Nearly always none has. Of many jobs at once not each template is locked: others lock them in another order.
  const [one] = await tx.select({ id: events.id }).from(events).where(isFailed).limit(1)
  if (!one) return
  if (plan?.kind === 'listed' && templateId) {
    // As a gatherer does, who gives places to others.
    await tx
      .select({ id: templates.id })
      .from(templates)
      .where(eq(templates.id, templateId))
      .for('no key update')
    const failed = await tx.select().from(events).where(isFailed)
    const pairs = failed.flatMap(({ id: eventId, path, destinationPath }) => {
      return destinationPath === null ? [] : [{ eventId, source: path, destination: destinationPath }]
    })
    const source = { endpointId: job.sourceEndpointId, path: job.sourcePath }
    const run = { templateId, destinationEndpointId, source, isMove: operation === 'move' }
    const taken = await findTaken(tx, run, pairs)
    for (const [{ eventId }, why] of taken) {
      await tx
        .update(events)
        .set({ state: 'dead', reason: `${why} Then replay.`, settledAt: sql`now()` })
        .where(eq(events.id, eventId))
    }
    const left = pairs.filter((pair) => !taken.has(pair))
    await takePlaces(tx, run, id, left)
  }
  await tx.update(events).set({ state: 'pending', settledAt: null, reason: null }).where(isFailed)
}
