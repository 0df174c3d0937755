import { asc, inArray, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { idList } from '#lib/db/list.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { stopRow } from '#lib/jobs/stop-job.ts'

export type ActiveRun = { triggerId: string; jobId: string; state: string }

const active = sql.join(
  activeStates.map((state) => sql`${state}`),
  sql`, `,
)

/** The runs of these schedules that have not ended, by when they were due. */
export async function activeRuns(
  tx: Tx,
  of: { triggerIds: string[]; templateIds: string[] },
): Promise<ActiveRun[]> {
  if (of.triggerIds.length === 0) return []
  return tx.execute<ActiveRun>(sql`
    select f.trigger_id as "triggerId", j.id as "jobId", j.state
    from jobs j join firings f on f.job_id = j.id
    where j.template_id = any (${idList(of.templateIds)})
      and j.trigger = 'schedule' and j.state in (${active})
      and f.trigger_id = any (${idList(of.triggerIds)})
    order by f.due_at`)
}

/**
 * Cancels the runs that another takes the place of. One that runs is asked to stop: returns whether there is such a one,
 * for which the other has to wait.
 */
export async function replaceRuns(tx: Tx, ctx: Pick<Context, 'actor'>, jobIds: string[]): Promise<boolean> {
  const rows = await tx
    .select()
    .from(jobs)
    .where(inArray(jobs.id, jobIds))
    .orderBy(asc(jobs.id))
    .for('update')
  let isRunning = false
  for (const row of rows) {
    if (!(activeStates as readonly string[]).includes(row.state)) continue
    if (row.state === 'running') isRunning = true
    if (row.stopRequested === 'cancel') continue
    await stopRow(tx, row, 'cancel')
    const detail = { because: 'The schedule replaces a run that has not ended.' }
    await recordAudit(tx, ctx.actor, { action: 'job.cancel', subjectId: row.id, detail })
  }
  return isRunning
}
