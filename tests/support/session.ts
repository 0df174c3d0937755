import { sql } from 'drizzle-orm'
import { loginSessions } from '#lib/db/schema/users.ts'
import type { TestDatabase } from './database.ts'

/** The row of a sign-in without its cookie; its id. */
export async function makeSession(
  { db }: Pick<TestDatabase, 'db'>,
  userId: string,
  minutesAgo = 0,
): Promise<string> {
  const createdAt = sql`now() - make_interval(mins => ${minutesAgo})`
  const [row] = await db
    .insert(loginSessions)
    .values({ userId, createdAt, expiresAt: sql`now() + interval '1 day'` })
    .returning({ id: loginSessions.id })
  return row!.id
}
