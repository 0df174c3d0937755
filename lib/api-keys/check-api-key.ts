import { createHash } from 'node:crypto'
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { Actor } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { apiKeys } from '#lib/db/schema/users.ts'

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** The actor behind a key, or null for one that is unknown or revoked. */
export async function checkApiKey(db: Db, key: string): Promise<Actor | null> {
  if (!/^fo_[\w-]{20,100}$/.test(key)) return null
  const keyHash = hashOfKey(key)
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt)))
  if (!row) return null
  if (!row.lastUsedAt || Date.now() - row.lastUsedAt.getTime() > LAST_USED_EVERY_MS) {
    await db
      .update(apiKeys)
      .set({ lastUsedAt: sql`now()` })
      .where(
        and(
          eq(apiKeys.id, row.id),
          or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`)),
        ),
      )
  }
  return { type: 'apiKey', id: row.id, role: row.role, label: row.name }
}

/** "Last used" to the minute: a write for each request would double the cost of a busy client. */
const LAST_USED_EVERY_MS = 60_000
