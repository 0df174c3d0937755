import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#lib/db/client.ts'
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
    const worker = await Promise.race([
      late,
      db.execute(sql`select 1 from pgboss.queue limit 1`).then(() => latestWorker(db)),
    ])
    return {
      status: worker && !worker.away ? 'ok' : 'degraded',
      database: 'ok',
      queue: 'ok',
      worker: { heartbeatAt: worker?.heartbeatAt.toISOString() ?? null },
      rclone: { version: worker?.rcloneVersion ?? null, path: worker?.rclonePath ?? null },
      disk: { free: worker?.diskFree ?? null },
    }
  } catch {
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
