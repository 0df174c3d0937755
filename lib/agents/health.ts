import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#lib/db/client.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { ATTEMPTS_QUEUE, FIRINGS_QUEUE } from '#lib/queue/messages.ts'
import { latestWorker } from './queries.ts'

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  database: z.enum(['ok', 'down']),
  queue: z.enum(['ok', 'down']),
  worker: z.object({ heartbeatAt: z.iso.datetime().nullable() }),
  rclone: z.object({ version: z.string().nullable(), path: z.string().nullable() }),
  disk: z.object({ free: z.number().nullable().meta({ description: 'Bytes free on the data folder.' }) }),
})
export type Health = z.infer<typeof healthSchema>

/** A database that hangs is down; monitors give up after ten seconds or so. */
const ANSWER_WITHIN_MS = 5000

/** What an outside monitor asks; needs no key and tells nothing but health. Never throws. */
export async function readHealth(db: Db): Promise<Health> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('The database does not answer.')), ANSWER_WITHIN_MS)
  try {
    const [worker, queueTrouble] = await Promise.race([
      late,
      latestWorker(db).then(async (row) => [row, await whyNoQueue(db)] as const),
    ])
    tell(queueTrouble && `The queue is not as it should be: ${queueTrouble}`)
    return {
      status: queueTrouble ? 'down' : worker && !worker.away ? 'ok' : 'degraded',
      database: 'ok',
      queue: queueTrouble ? 'down' : 'ok',
      worker: { heartbeatAt: worker?.heartbeatAt.toISOString() ?? null },
      rclone: { version: worker?.rcloneVersion ?? null, path: worker?.rclonePath ?? null },
      disk: { free: worker?.diskFree ?? null },
    }
  } catch (error) {
    tell(databaseTrouble(error) ?? whatFailed(error))
    return {
      status: 'down',
      database: 'down',
      queue: 'down',
      worker: { heartbeatAt: null },
      rclone: { version: null, path: null },
      disk: { free: null },
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Looks at what messages are sent to (pg-boss's own schema, by its own migrations): no job begins without it. */
async function whyNoQueue(db: Db): Promise<string | null> {
  try {
    const [row] = await db.execute<{ queues: number }>(sql`
      select count(*)::int as queues, exists (select from pgboss.job where false)
      from pgboss.queue where name in (${ATTEMPTS_QUEUE}, ${FIRINGS_QUEUE})`)
    return row?.queues === 2 ? null : 'one of its queues is missing.'
  } catch (error) {
    // Then the queue is away as well, but that is not what is wrong.
    if (databaseTrouble(error) !== null) throw error
    return whatFailed(error)
  }
}

/** The driver's words: drizzle's own hold the query only. */
function whatFailed(error: unknown): string {
  return messageOf(error instanceof Error && error.cause ? error.cause : error)
}

let told: string | null = null

/** Once, however often it is asked. */
function tell(trouble: string | null): void {
  if (trouble !== null && trouble !== told) log.error({ err: trouble }, 'not healthy')
  told = trouble
}
