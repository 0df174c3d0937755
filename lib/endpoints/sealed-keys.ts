import { isNull, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'

/**
 * What is wrong with a worker's keys, as a sentence that says what to do, or null: a key that is missing would be
 * found out by the first transfer of the night.
 */
export async function whyNotKeys({
  ctx,
  ring,
}: {
  ctx: Context
  ring: KeyRing | null
}): Promise<string | null> {
  requireAgent(ctx.actor)
  const rows = await ctx.db.execute<{ key: string; count: string }>(sql`
    select split_part(sealed.value, '.', 2) as key, count(distinct ${endpoints.id}) as count
    from ${endpoints}, jsonb_each_text(${endpoints.secrets}) sealed
    where ${isNull(endpoints.deletedAt)}
    group by 1 order by 2 desc`)
  const missing = rows.filter(({ key }) => !ring?.some((one) => one.public.id === key))
  const [first] = missing
  if (!first) return null
  const count = missing.reduce((sum, row) => sum + Number(row.count), 0)
  const many = count === 1 ? 'One endpoint has secrets' : `${count} endpoints have secrets`
  return (
    `${many} sealed to ${missing.length === 1 ? `the key ${first.key}` : 'other keys'}, which ` +
    `${ring ? 'FILE_ORBIT_SECRET_KEY does not hold' : 'this worker was not given: FILE_ORBIT_SECRET_KEY is not set'}. ` +
    'Set FILE_ORBIT_SECRET_KEY to the key that was used so far; to change keys, put the new one first and the old ' +
    'one after it, then run `file-orbit secrets rotate`.'
  )
}
