import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { watchedFiles } from '#lib/db/schema/watches.ts'

/**
 * Forgets the files that a job has moved away, in the transaction that settles their events: put back, each is new, even
 * the same one, where no inode tells it from the one that was moved. A version that came since stays known.
 */
export async function forgetMoved(tx: Tx, jobId: string): Promise<void> {
  await tx.execute(sql`
    delete from ${watchedFiles} as known using (
      select trigger_id, regexp_replace(path, '^.*/', '') as name,
        case when path like '%/%' then regexp_replace(path, '/[^/]*$', '') else '' end as folder,
        -- As markOf writes it (workers/watchers/file-facts.ts); the event has its time in whole milliseconds.
        size || ':' || floor(extract(epoch from occurred_at) * 1000)::bigint as version
      from ${events} where job_id = ${jobId}::uuid and state = 'transferred'
    ) as moved
    where known.trigger_id = moved.trigger_id and known.folder_hash = md5(moved.folder)::uuid
      and known.name = moved.name
      and regexp_replace(known.mark, '^(\\d+:\\d+).*$', '\\1') = moved.version`)
}
