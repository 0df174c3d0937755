import type { Role } from '#lib/db/schema/users.ts'
import { users } from '#lib/db/schema/users.ts'
import { hashPassword } from '#lib/users/passwords.ts'
import type { TestDatabase } from './database.ts'

export const PASSWORD = 'correct horse battery'

export async function makeUser({ db }: TestDatabase, role: Role): Promise<{ id: string; email: string }> {
  const email = `${role}-${Math.random().toString(36).slice(2)}@studio.example`
  const [row] = await db
    .insert(users)
    .values({ email, role, passwordHash: await hashPassword(PASSWORD) })
    .returning({ id: users.id })
  return { id: row!.id, email }
}

/** Signs in as the form does; the cookie header, or null when it was refused. */
export async function signIn(url: string, email: string, password = PASSWORD): Promise<string | null> {
  const csrf = await fetch(`${url}/api/auth/csrf`)
  const { csrfToken } = (await csrf.json()) as { csrfToken: string }
  const before = cookiesOf(csrf)
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: before },
    body: new URLSearchParams({ csrfToken, email, password }),
  })
  const after = cookiesOf(answer)
  return after.includes('session-token=') ? `${before}; ${after}` : null
}

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
