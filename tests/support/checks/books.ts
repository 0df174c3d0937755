import { asc, eq, sql } from 'drizzle-orm'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { logChunks, transfers } from '#lib/db/schema/transfers.ts'
import type { JobLogLine } from '#lib/jobs/schema.ts'
import type { TestDatabase } from '../database.ts'

export type Message = { attemptId: string; state: string; due: boolean; stale: boolean }

/** All that the database says of one job. */
export type Books = {
  job: typeof jobs.$inferSelect
  attempts: (typeof attempts.$inferSelect)[]
  transfers: (typeof transfers.$inferSelect)[]
  /** Messages that the queue may still hand out, or has handed out. */
  messages: Message[]
  log: JobLogLine[]
}

/** The rows of one moment, so that a job that goes on is not seen in two states. */
export function readBooks({ db }: TestDatabase, jobId: string): Promise<Books> {
  return db.transaction(
    async (tx) => {
      const [job] = await tx.select().from(jobs).where(eq(jobs.id, jobId))
      if (!job) throw new Error(`There is no job ${jobId}`)
      const tries = await tx.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(attempts.number)
      const files = await tx
        .select()
        .from(transfers)
        .where(eq(transfers.jobId, jobId))
        .orderBy(transfers.path)
      const chunks = await tx
        .select()
        .from(logChunks)
        .where(eq(logChunks.jobId, jobId))
        .orderBy(asc(logChunks.seq))
      const messages = await tx.execute<Message>(sql`
        select m.data->>'attemptId' as "attemptId", m.state::text as state, m.start_after <= now() as due,
          coalesce(m.started_on < now() - interval '3 minutes', false) as stale
        from pgboss.job m join attempts a on a.id = (m.data->>'attemptId')::uuid
        where a.job_id = ${jobId} and m.state in ('created', 'retry', 'active')`)
      const log = chunks.flatMap(({ body, attempt }) =>
        body.split('\n').map((line) => ({ ...(JSON.parse(line) as JobLogLine), attempt })),
      )
      return { job, attempts: tries, transfers: files, messages: [...messages], log }
    },
    { isolationLevel: 'repeatable read' },
  )
}
