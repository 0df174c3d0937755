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
    with moved as (
      select trigger_id, named.name, case when named.name = path then '' else left(path, -length(named.name) - 1) end as folder,
        -- As markOf writes it (workers/watchers/file-facts.ts); the event has its time in whole milliseconds.
        size || ':' || floor(extract(epoch from occurred_at) * 1000)::bigint as version
      from ${events} cross join lateral (select reverse(split_part(reverse(path), '/', 1)) as name) as named
      where job_id = ${jobId}::uuid and state = 'transferred'
    ), mine as (
      select known.trigger_id, known.folder_hash, known.name
      from ${watchedFiles} as known join moved on known.trigger_id = moved.trigger_id
        and known.folder_hash = md5(moved.folder)::uuid and known.name = moved.name
        and split_part(known.mark, ':', 1) || ':' || split_part(split_part(known.mark, ':', 2), '.', 1) = moved.version
      -- The watch finds them gone in this very moment, and forgets them in another order: neither waits for the other.
      for update of known skip locked
    )
    delete from ${watchedFiles} as known using mine
    where known.trigger_id = mine.trigger_id and known.folder_hash = mine.folder_hash and known.name = mine.name`)
}
