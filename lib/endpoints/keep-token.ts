import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'

/** A token that a service gave anew while a worker used the old one; both sealed for its place in the row. */
export type RefreshedToken = { row: string; before: string; after: string }

/**
 * Keeps it if the old one is still what is kept. Returns what is kept now: `after`, or what somebody else has put there
 * meanwhile; null when the endpoint is gone. Some services take each refresh token once: a lost one ends the endpoint.
 */
export async function keepToken({
  ctx,
  token: { row, before, after },
}: {
  ctx: Context
  token: RefreshedToken
}): Promise<string | null> {
  requireAgent(ctx.actor)
  const token = sql<string | null>`${endpoints.secrets} ->> 'token'`
  const isThere = and(eq(endpoints.id, row), isNull(endpoints.deletedAt))
  // `updatedAt` stays: a person who has the form open has not been overtaken.
  const [kept] = await ctx.db
    .update(endpoints)
    .set({ secrets: sql`jsonb_set(${endpoints.secrets}, '{token}', to_jsonb(${after}::text))` })
    .where(and(isThere, sql`${token} = ${before}`))
    .returning({ id: endpoints.id })
  if (kept) return after
  const [now] = await ctx.db.select({ token }).from(endpoints).where(isThere)
  return now?.token ?? null
}
