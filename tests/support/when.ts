import { eq } from 'drizzle-orm'
import { jobs } from '#lib/db/schema/jobs.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { channels } from '#lib/live/channel.ts'
import type { TestDatabase } from './database.ts'

/** The job's row as soon as `holds`: woken by the NOTIFY that every change of it sends. */
export async function whenJob(
  { db, sql }: TestDatabase,
  id: string,
  what: string,
  holds: (row: JobRow) => boolean,
  withinMs = 45_000,
): Promise<JobRow> {
  const { promise, resolve, reject } = Promise.withResolvers<JobRow>()
  let last: JobRow | undefined
  const look = async () => {
    ;[last] = await db.select().from(jobs).where(eq(jobs.id, id))
    if (last && holds(last)) resolve(last)
  }
  const listening = await sql.listen(channels.live, (payload) => {
    if (payload.includes(id)) look().catch(reject)
  })
  const timer = setTimeout(
    () => reject(new Error(`Not within ${withinMs} ms: ${what}. The job: ${JSON.stringify(last)}`)),
    withinMs,
  )
  try {
    await look()
    return await promise
  } finally {
    clearTimeout(timer)
    await listening.unlisten()
  }
}

export function whenEnded(database: TestDatabase, id: string, withinMs?: number): Promise<JobRow> {
  return whenJob(database, id, 'the job has ended', (row) => isTerminal(row.state), withinMs)
}

export function whenMoving(database: TestDatabase, id: string, withinMs?: number): Promise<JobRow> {
  return whenJob(database, id, 'bytes move', (row) => row.state === 'running' && row.bytes > 0, withinMs)
}
