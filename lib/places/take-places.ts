import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { places } from '#lib/db/schema/places.ts'
import { isTaken } from './is-taken.ts'
import { type Keying, keyOf, type Pair, type Run } from './place-keys.ts'

/**
 * Writes down whose these places are, of pairs that `findTaken` has no word against. The caller has held the template's
 * row since before it asked that.
 */
export async function takePlaces(
  tx: Tx,
  { templateId, destinationEndpointId, source, isMove }: Run,
  jobId: string,
  pairs: readonly Pair[],
  keying: Keying = 'exact',
): Promise<void> {
  if (pairs.length === 0) return
  const given = new Map(
    pairs.map(({ source: path, destination }) => [keyOf(destination, keying), path] as const),
  )
  const rows = JSON.stringify([...given].map(([key, path]) => ({ key, path })))
  await tx.execute(sql`
    insert into ${places} (template_id, destination_endpoint_id, key_hash, source_endpoint_id, source_path, path,
      job_id, moved)
    select ${templateId}::uuid, ${destinationEndpointId}::uuid, md5(given.key)::uuid, ${source.endpointId}::uuid,
      ${source.path}, given.path, ${jobId}::uuid, ${isMove}
    from jsonb_to_recordset(${rows}::jsonb) as given(key text, path text)
    on conflict (template_id, destination_endpoint_id, key_hash) do update
    set source_endpoint_id = excluded.source_endpoint_id, source_path = excluded.source_path, path = excluded.path,
      kept = case when places.job_id = excluded.job_id then places.kept else ${isTaken('places')} end,
      moved = excluded.moved or places.moved,
      job_id = excluded.job_id`)
}
