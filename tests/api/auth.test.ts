import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { hashOfKey } from '#lib/api-keys/check-api-key.ts'
import { apiKeys, loginSessions, users } from '#lib/db/schema/users.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

// Who may do what is walked through in conformance.test.ts; here are the ways to be somebody.

const stage = await openStage(afterAll)
const { ctx, database } = stage
const web = await startWeb(database.url, afterAll)
const { url } = web

describe('a key', () => {
  test.each([
    ['that nobody made', `Bearer fo_${'x'.repeat(43)}`],
    ['without its prefix', `Bearer ${'x'.repeat(43)}`],
    ['that is empty', 'Bearer '],
    ['of another scheme', 'Basic b3duZXI6b3duZXI='],
    ['with SQL in it', `Bearer fo_' or 1=1 --xxxxxxxxxxxxxxxxxxxx`],
  ])('%s is refused', async (_, authorization) => {
    expect(await client(url, { authorization }).get('/jobs')).toMatchObject({
      status: 401,
      body: { status: 401 },
    })
  })

  test('works until it is revoked, and is stored as a hash only', async () => {
    const key = await makeKey(ctx, 'viewer')
    const mine = client(url, { authorization: `Bearer ${key}` })
    expect((await mine.get('/jobs')).status).toBe(200)
    const stored = await database.db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.keyHash, hashOfKey(key)))
    expect(stored).toMatchObject([{ prefix: key.slice(0, 9), lastUsedAt: expect.any(Date) }])
    expect(JSON.stringify(stored)).not.toContain(key.slice(10))
    await database.db
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(eq(apiKeys.keyHash, hashOfKey(key)))
    expect((await mine.get('/jobs')).status).toBe(401)
  })

  test('that is wrong is not made right by a good cookie', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'owner')).email))!
    const wrong = client(url, { cookie, authorization: `Bearer fo_${'x'.repeat(43)}` })
    expect((await wrong.get('/jobs')).status).toBe(401)
  })
})

describe('a signed-in person', () => {
  test('reads, and changes things from this server’s own pages only', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'operator')).email))!
    const browser = client(url, { cookie })
    expect((await browser.get('/jobs')).status).toBe(200)
    const { port } = new URL(url)
    const elsewhere = [
      'http://evil.example',
      `http://localhost:${Number(port) + 1}`,
      'null',
      `http://localhost:${port}.evil.example`,
    ]
    for (const origin of elsewhere) {
      const answer = await browser.post('/jobs', stage.input(), { origin })
      expect([origin, answer.status]).toEqual([origin, 403])
    }
    expect((await browser.post('/jobs', stage.input())).status).toBe(403)
    expect((await browser.post('/jobs', stage.input(), { origin: url })).status).toBe(201)
  })

  test('with a wrong password gets no cookie, and it is audited without the password', async () => {
    const { id, email } = await makeUser(database, 'viewer')
    expect(await signIn(url, email, 'wrong password!')).toBeNull()
    expect(await signIn(url, 'nobody@studio.example')).toBeNull()
    const audits = await database.sql`
      select action, detail from audit_entries where action = 'user.sign_in_refused' order by id`
    const from = { address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/), via: 'password' }
    expect(audits.map((row) => row.detail)).toEqual([
      { email, ...from },
      { email: 'nobody@studio.example', ...from },
    ])
    expect(await database.db.select().from(loginSessions).where(eq(loginSessions.userId, id))).toEqual([])
  })

  test('whose session is revoked is out at the next request, on a page too', async () => {
    const { id, email } = await makeUser(database, 'owner')
    const cookie = (await signIn(url, email))!
    const page = () => fetch(`${url}/jobs`, { headers: { cookie }, redirect: 'manual' })
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(200)
    expect((await page()).status).toBe(200)
    await database.db.update(loginSessions).set({ revokedAt: sql`now()` }).where(eq(loginSessions.userId, id))
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(401)
    const refused = await page()
    expect([refused.status, refused.headers.get('location')]).toEqual([307, '/sign-in?to=%2Fjobs'])
  })

  test('has the role that the database knows now, and none when disabled', async () => {
    const { id, email } = await makeUser(database, 'operator')
    const browser = client(url, { cookie: (await signIn(url, email))!, origin: url })
    expect((await browser.post('/jobs', stage.input())).status).toBe(201)
    await database.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
    expect((await browser.post('/jobs', stage.input())).status).toBe(403)
    await database.db.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, id))
    expect((await browser.get('/jobs')).status).toBe(401)
  })

  test('who signs out leaves a worthless cookie', async () => {
    const cookie = (await signIn(url, (await makeUser(database, 'viewer')).email))!
    const csrf = await fetch(`${url}/api/auth/csrf`, { headers: { cookie } })
    const { csrfToken } = (await csrf.json()) as { csrfToken: string }
    await fetch(`${url}/api/auth/signout`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrfToken }),
    })
    expect((await client(url, { cookie }).get('/jobs')).status).toBe(401)
  })
})
