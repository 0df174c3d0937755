import { sql } from 'drizzle-orm'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { signInCounts } from '#lib/db/schema/throttle.ts'
import { createFirstOwner } from '#lib/users/first-owner.ts'
import { openSession, signIn } from '#lib/users/sign-in.ts'
import { sweepCounts } from '#lib/users/throttle.ts'
import { makeUser, PASSWORD } from '#tests/support/sign-in.ts'
import { freshDatabase, openStage } from '#tests/support/stage.ts'

// The real functions, counted.
const { verify, hash } = vi.hoisted(() => ({ verify: { calls: 0 }, hash: { calls: 0 } }))
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>()
  const counted: typeof real.verify = (...given) => {
    verify.calls += 1
    return real.verify(...given)
  }
  const countedHash: typeof real.hash = (...given) => {
    hash.calls += 1
    return real.hash(...given)
  }
  return { ...real, verify: counted, hash: countedHash }
})

const database = await freshDatabase(afterAll)
const { db } = database
const ctx = { db }

let last = 0
/** An address that nobody came from before. */
function nowhere(): string {
  last += 1
  return `198.51.${Math.floor(last / 250)}.${last % 250}`
}

const attempt = (email: string, password = 'wrong password', address: string | null = nowhere()) =>
  signIn({ ctx, input: { email, password }, address })

async function failures(email: string, times: number, address?: string): Promise<string[]> {
  const outcomes: string[] = []
  for (let n = 0; n < times; n += 1) outcomes.push((await attempt(email, 'wrong password', address)).outcome)
  return outcomes
}

/** As if so many seconds had gone by. */
async function later(seconds: number): Promise<void> {
  await db
    .update(signInCounts)
    .set({ expire: sql`${signInCounts.expire} - make_interval(secs => ${seconds})` })
}

afterEach(() => db.delete(signInCounts).then(() => {}))

const FIVE_WRONG = Array.from({ length: 5 }, () => 'wrong')

describe.each(['known', 'unknown'])('an account that is %s', (kind) => {
  const account = async () =>
    kind === 'known' ? (await makeUser(database, 'viewer')).email : `nobody-${nowhere()}@studio.example`

  test('fails five times, from wherever, then waits, ever longer and never over 15 minutes', async () => {
    const email = await account()
    expect(await failures(email, 5)).toEqual(FIVE_WRONG)
    for (const wait of [30, 60, 120, 240, 480, 900]) {
      const refused = await attempt(email)
      expect(refused).toEqual({ outcome: 'wait', seconds: expect.any(Number) })
      const { seconds } = refused as { seconds: number }
      expect(seconds).toBeLessThanOrEqual(wait)
      expect(seconds).toBeGreaterThan(wait - 10)
      await later(wait)
      expect((await attempt(email)).outcome).toBe('wrong')
    }
  })

  test('is hashed for as often, and not at all while it waits', async () => {
    const email = await account()
    const before = verify.calls
    await failures(email, 5)
    expect(verify.calls - before).toBe(5)
    await failures(email, 3)
    expect(verify.calls - before).toBe(5)
  })

  test('gets no more tries from forty guesses at once', async () => {
    const email = await account()
    const before = verify.calls
    const done = await Promise.all(Array.from({ length: 40 }, () => attempt(email)))
    expect(done.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(5)
    expect(verify.calls - before).toBe(5)
  })
})

test('a sign-in that works starts the count anew', async () => {
  const { email } = await makeUser(database, 'viewer')
  expect(await failures(email, 4)).toEqual(FIVE_WRONG.slice(1))
  expect((await attempt(email, PASSWORD)).outcome).toBe('in')
  expect(await failures(email, 5)).toEqual(FIVE_WRONG)
  expect((await attempt(email, PASSWORD)).outcome).toBe('wait')
  await later(30)
  expect((await attempt(email, PASSWORD)).outcome).toBe('in')
  expect((await attempt(email, PASSWORD)).outcome).toBe('in')
})

test.each([
  ['IPv4', '192.0.2.80', '192.0.2.80'],
  ['IPv6, another address of its network', '2001:db8:1:2::3', '2001:db8:1:2:a:b:c:d'],
])('no stranger keeps a person out of where they signed in before (%s)', async (_, before, home) => {
  const { id, email } = await makeUser(database, 'viewer')
  const place = { address: before, userAgent: null }
  await openSession({ ctx, userId: id, via: 'password', place, replaces: null })
  await failures(email, 6)
  expect((await attempt(email, PASSWORD)).outcome).toBe('wait')
  expect((await attempt(email, PASSWORD, home)).outcome).toBe('in')
  // And a known address is no free pass for guessing.
  expect(await failures(email, 6, home)).toEqual([...FIVE_WRONG, 'wait'])
})

test.each([
  ['IPv4', '203.0.113.9', '203.0.113.9', '203.0.113.10'],
  ['IPv6, whichever of its network', '2001:db8:0:7::1', '2001:db8::7:aaaa:0:0:2', '2001:db8:0:8::1'],
])(
  'thirty failures of one address, %s, over many accounts, end in a wait; others go on',
  async (_, one, same, other) => {
    for (let n = 0; n < 30; n += 1) {
      expect((await attempt(`nobody-${n}@studio.example`, 'wrong password', one)).outcome).toBe('wrong')
    }
    const { email } = await makeUser(database, 'viewer')
    const refused = await attempt(email, PASSWORD, same)
    expect(refused.outcome).toBe('wait')
    expect((refused as { seconds: number }).seconds).toBeLessThanOrEqual(900)
    expect((await attempt(email, PASSWORD, other)).outcome).toBe('in')
    await later(900)
    expect((await attempt(email, PASSWORD, one)).outcome).toBe('in')
  },
  120_000,
)

test('sign-ins that work use up nothing of their address', async () => {
  const { email } = await makeUser(database, 'viewer')
  for (let n = 0; n < 35; n += 1) expect((await attempt(email, PASSWORD, '203.0.113.77')).outcome).toBe('in')
}, 120_000)

test('a refusal is audited once for an account and an address, not once a guess', async () => {
  const { email } = await makeUser(database, 'viewer')
  await failures(email, 8, '203.0.113.50')
  await failures(email, 1, '203.0.113.51')
  const rows = await database.sql`select detail from audit_entries
    where action = 'user.sign_in_refused' and detail->>'email' = ${email} order by id`
  expect(rows.map(({ detail }) => detail)).toEqual([{ email, address: '203.0.113.50', via: 'password' }])
  await later(900)
  await failures(email, 1, '203.0.113.50')
  const [again] = await database.sql`select count(*)::int as count from audit_entries
    where action = 'user.sign_in_refused' and detail->>'email' = ${email}`
  expect(again?.count).toBe(2)
})

test('only so many wait for their hash; who comes after is told to come again, and nothing is held against them', async () => {
  const { email } = await makeUser(database, 'viewer')
  const crowd = Array.from({ length: 120 }, (_, n) => attempt(`crowd-${n}@studio.example`))
  const done = await Promise.all(crowd)
  const busy = done.filter(({ outcome }) => outcome === 'busy')
  expect(busy.length).toBeGreaterThan(0)
  expect(done.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(120 - busy.length)
  const [counted] = await database.sql`select coalesce(sum(points), 0)::int as points from sign_in_counts
    where key like 'account:%'`
  expect(counted?.points).toBe(120 - busy.length)
  expect((await attempt(email, PASSWORD)).outcome).toBe('in')
})

test('a set-up link that is none costs no hash', async () => {
  const empty = await openStage(afterAll)
  const input = { token: 'none', email: 'first@studio.example', password: PASSWORD }
  const before = hash.calls
  await expect(createFirstOwner({ ctx: empty.ctx.system, input })).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await makeUser(empty.database, 'owner')
  await expect(createFirstOwner({ ctx: empty.ctx.system, input })).rejects.toMatchObject({ kind: 'conflict' })
  // The one of makeUser.
  expect(hash.calls - before).toBe(1)
})

test('counters that have ended are swept; no address of a person lies in them', async () => {
  await failures('somebody@studio.example', 2, '203.0.113.90')
  const rows = await db.select().from(signInCounts)
  expect(rows.length).toBeGreaterThan(2)
  expect(JSON.stringify(rows)).not.toMatch(/somebody|203\.0/)
  await sweepCounts(db)
  expect(await db.select().from(signInCounts)).toHaveLength(rows.length)
  await later(3 * 3600)
  await sweepCounts(db)
  expect(await db.select().from(signInCounts)).toEqual([])
})
