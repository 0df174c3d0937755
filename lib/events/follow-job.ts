import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import type { jobs } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { notify } from '#lib/live/channel.ts'

/**
 * Gives the events of a job the fate that follows from its state, in the transaction that changes it: what ended says
 * for each file whether it arrived; what is begun again has its events wait again.
 */
export async function followJob(
  tx: Tx,
  job: Pick<typeof jobs.$inferSelect, 'id' | 'state' | 'plan' | 'unchangedFiles' | 'errorMessage'>,
): Promise<void> {
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
      await tx
        .update(events)
        .set({ state: 'pending', settledAt: null, reason: null })
        .where(and(ofJob, inArray(events.state, ['failed'])))
      break
    default:
      return
  }
  await notify(tx, 'live', 'events')
}
