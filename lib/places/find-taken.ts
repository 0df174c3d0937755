import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { places } from '#lib/db/schema/places.ts'
import { isTaken } from './is-taken.ts'
import { type Keying, keyOf, type Pair, type Run, wholePath } from './place-keys.ts'

/**
 * Those whose place is another file's, each with why: one that a run of the template has brought there or is about to,
 * or an earlier one of these. A file is known by its path below the source, so that a copy of another day's folder is a
 * newer version; of a move the folder counts too, since what it has taken from there lies nowhere else.
 */
export async function findTaken<T extends Pair>(
  tx: Tx,
  { templateId, destinationEndpointId, source, isMove }: Run,
  pairs: readonly T[],
  keying: Keying = 'exact',
): Promise<Map<T, string>> {
  const taken = new Map<T, string>()
  if (pairs.length === 0) return taken
  const given = pairs.map(({ source: path, destination }, at) => {
    return { at, key: keyOf(destination, keying), path, whole: wholePath(source.path, path) }
  })
  const rows = await tx.execute<{ at: number; folder: string; path: string }>(sql`
    select given.at, owner.source_path as folder, owner.path
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given(at int, key text, path text, whole text)
    join ${places} as owner on owner.template_id = ${templateId}::uuid
      and owner.destination_endpoint_id = ${destinationEndpointId}::uuid
      and owner.key_hash = md5(given.key)::uuid
    where case when owner.moved or ${isMove}
        then owner.source_endpoint_id <> ${source.endpointId}::uuid
          or concat_ws('/', nullif(owner.source_path, ''), owner.path) <> given.whole
        else owner.path <> given.path end
      and ${isTaken('owner')}`)
  for (const { at, folder, path } of rows) {
    const owner = folder === source.path ? path : wholePath(folder, path)
    taken.set(pairs[at]!, whyTaken(owner, pairs[at]!.destination, keying))
  }
  const first = new Map<string, string>()
  for (const pair of pairs) {
    if (taken.has(pair)) continue
    const key = keyOf(pair.destination, keying)
    const owner = first.get(key) ?? pair.source
    if (owner === pair.source) first.set(key, owner)
    else taken.set(pair, whyTaken(owner, pair.destination, keying))
  }
  return taken
}

function whyTaken(owner: string, place: string, keying: Keying): string {
  const names =
    keying === 'blind'
      ? ' (the destination takes names that differ only in upper and lower case for one)'
      : ''
  return `${owner} goes to the same place, ${place}${names}, and would be written over. Give each file a place of its own in the template, such as by {path}.`
}
