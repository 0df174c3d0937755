import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'

/**
 * The files that have these places, by place: brought there by an event of the template, or on their way. The newest
 * event tells; another destination endpoint has other places.
 */
export async function ownersOf(
  tx: Tx,
  { templateId, destinationEndpointId }: { templateId: string; destinationEndpointId: string },
  places: string[],
): Promise<Map<string, string>> {
  if (places.length === 0) return new Map()
  const rows = await tx.execute<{ place: string; path: string }>(sql`
    select given.place, owner.path from jsonb_array_elements_text(${JSON.stringify(places)}::jsonb) as given(place)
    join lateral (
      select e.path from ${events} as e left join ${jobs} as j on j.id = e.job_id
      where e.template_id = ${templateId}::uuid and e.destination_path is not null
        and (md5(e.destination_path)::uuid) = md5(given.place)::uuid and e.destination_path = given.place
        and (e.state = 'transferred' or (e.state = 'pending' and e.job_id is not null)
          or e.earlier @> jsonb_build_array(
            jsonb_build_object('state', 'transferred', 'destinationPath', given.place)))
        and (j.id is null or j.destination_endpoint_id = ${destinationEndpointId}::uuid)
      order by e.id desc limit 1
    ) as owner on true`)
  return new Map(rows.map(({ place, path }) => [place, path]))
}

export function whyTaken(owner: string, place: string): string {
  return `${owner} goes to the same place, ${place}, and would be written over. Give each file a place of its own in the template, such as by {path}, then replay.`
}
