import { and, eq, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { apiKeys } from '#lib/db/schema/users.ts'
import { NotFoundError } from '#lib/errors.ts'

/** Revokes a key: it is refused from the next request on. Owners. */
export async function revokeApiKey({
  ctx,
  id,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  id: string
}): Promise<void> {
  requireRole(ctx.actor, 'owner')
  await ctx.db.transaction(async (tx) => {
    const [key] = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
      .returning({ name: apiKeys.name, role: apiKeys.role })
    if (!key) throw new NotFoundError('There is no such API key; it may have been revoked.')
    await recordAudit(tx, ctx.actor, { action: 'api_key.revoke', subjectId: id, detail: key })
  })
}
