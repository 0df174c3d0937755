import { asc, gt, type SQL, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { pageQuerySchema, type User } from './people-schema.ts'

/** Users by their address. Owners. */
export async function listUsers({ ctx, input }: { ctx: Context; input: unknown }): Promise<Page<User>> {
  requireRole(ctx.actor, 'owner')
  const { cursor, limit } = parseInput(pageQuerySchema, input)
  const after = cursor ? gt(byAddress, decodeCursor(cursor, ['text'])[0]!) : undefined
  const rows = await readUsers(ctx.db, after, limit + 1)
  return pageOf(
    rows,
    limit,
    ({ address }) => [address],
    ({ user }) => user,
  )
}

// The database's own lower(), for the cursor too: another's would skip or repeat people at the border of a page.
const byAddress = sql<string>`lower(${users.email})`

export async function readUsers(
  db: Db | Tx,
  where: SQL | undefined,
  limit: number,
): Promise<{ user: User; address: string }[]> {
  const rows = await db
    .select({
      ...{ user: users, address: byAddress },
      // Mapped by the column's own decoder: a bare expression would come as the driver's text. With its tables' names:
      // drizzle leaves them out of a query over one table, and "id" would be the session's.
      lastSeenAt: sql<Date | null>`(select max(s.last_seen_at) from ${loginSessions} s
        where s.user_id = ${users}.id)`.mapWith(loginSessions.lastSeenAt),
    })
    .from(users)
    .where(where)
    .orderBy(asc(byAddress))
    .limit(limit)
  return rows.map(({ user: { id, email, name, role, createdAt, disabledAt }, lastSeenAt, address }) => ({
    address,
    user: {
      ...{ id, email, name, role },
      createdAt: createdAt.toISOString(),
      disabledAt: disabledAt?.toISOString() ?? null,
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    },
  }))
}
