import { sql } from 'drizzle-orm'
import { loginSessions } from '#lib/db/schema/users.ts'
import type { TestDatabase } from './database.ts'

/** The row of a sign-in without its cookie; its id. */
export async function makeSession({ db }: Pick<TestDatabase, 'db'>, userId: string): Promise<string> {
  const [row] = await db
    .insert(loginSessions)
    .values({ userId, expiresAt: sql`now() + interval '1 day'` })
    .returning({ id: loginSessions.id })
  return row!.id
}
