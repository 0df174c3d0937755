import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { apiKeys } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { pageQuerySchema } from '#lib/users/people-schema.ts'
import type { ApiKey } from './schema.ts'

/** The keys that are not revoked, newest first, each with who made it as long as the audit knows. Owners. */
export async function listApiKeys({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  input: unknown
}): Promise<Page<ApiKey>> {
  requireRole(ctx.actor, 'owner')
  const { cursor, limit } = parseInput(pageQuerySchema, input)
  const rows = await ctx.db
    .select({ key: apiKeys, createdBy: auditEntries.actorLabel })
    .from(apiKeys)
    .leftJoin(
      auditEntries,
      and(
        eq(auditEntries.subjectId, sql`${apiKeys.id}::text`),
        eq(auditEntries.action, sql`'api_key.create'`),
      ),
    )
    .where(
      and(isNull(apiKeys.revokedAt), cursor ? lt(apiKeys.id, decodeCursor(cursor, ['id'])[0]!) : undefined),
    )
    .orderBy(desc(apiKeys.id))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ key }) => [key.id],
    ({ key: { id, name, role, prefix, createdAt, lastUsedAt }, createdBy }) => ({
      ...{ id, name, role, prefix, createdBy },
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    }),
  )
}
