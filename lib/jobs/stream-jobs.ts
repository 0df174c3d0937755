import { desc, eq, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { idList } from '#lib/db/list.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { newestJobIds } from './newest-jobs.ts'
import { activeStates } from './states.ts'
import type { JobRow } from './transition.ts'

/** More active or lately ended jobs than this are not all told at once; lists ask the server for theirs. */
const SNAPSHOT_JOBS = 1000

/** The rows of these jobs, in no order; one statement however many. */
export function jobRowsByIds(db: Db, ids: string[]): Promise<JobRow[]> {
  const wanted = sql`any(${idList(ids)})`
  return db.select().from(jobs).where(sql`${jobs.id} = ${wanted}`)
}

/**
 * What a stream begins with: of all jobs those that have not ended, and those that ended since: a job that ended
 * does not change any more. Those that run come first, then the newest.
 */
export function snapshotRows(
  db: Db,
  { jobId, since }: { jobId: string | null; since: Date },
): Promise<JobRow[]> {
  const told = jobId
    ? eq(jobs.id, jobId)
    : sql`${jobs.id} in ((${newestJobIds({ states: ['running'] }, SNAPSHOT_JOBS)})
        union all (${newestJobIds({ states: activeStates }, SNAPSHOT_JOBS)}) union all
        (select id from jobs where finished_at > ${since.toISOString()}::timestamptz
          order by finished_at desc limit ${SNAPSHOT_JOBS}))`
  return (
    db
      .select()
      .from(jobs)
      .where(told)
      // However many wait, those that run are told.
      .orderBy(desc(eq(jobs.state, 'running')), desc(jobs.id))
      .limit(SNAPSHOT_JOBS)
  )
}
