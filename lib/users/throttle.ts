import { createHash } from 'node:crypto'
import { and, eq, gt, isNotNull, lt, sql } from 'drizzle-orm'
import { RateLimiterDrizzle, RateLimiterRes } from 'rate-limiter-flexible'
import type { Db, Tx } from '#lib/db/client.ts'
import { signInCounts } from '#lib/db/schema/throttle.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { networkOf } from '#lib/net/addresses.ts'

/** The failures of an account after which waits begin, and how long they are remembered from the first one on. */
const FREE = 5
const REMEMBERED_SECONDS = 3600
/** The first wait; each further failure doubles it up to the longest: no stranger locks anybody out for longer. */
const FIRST_WAIT_SECONDS = 30
const LONGEST_WAIT_SECONDS = 15 * 60
/** Of one address, whatever the accounts: an office behind one address mistypes less often than this. */
const ADDRESS_FAILURES = 30
/** A refusal is told in the audit once for an account and an address in this time. */
const TOLD_SECONDS = 15 * 60
/** An address that an account signed in from lately is counted apart from all others. */
const KNOWN_DAYS = 30
/** Far more than a person has; it bounds the work. */
const KNOWN_ADDRESSES = 200

export type Attempt = { email: string; address: string | null }

/**
 * Counts an attempt before anything is hashed: 0 to go on, else the seconds to wait. It counts as a failure until
 * `forgiveAttempt`, so a burst at once gets no more tries than one after the other. Accounts that do not exist
 * count alike.
 */
export async function countAttempt(db: Db, attempt: Attempt): Promise<number> {
  const network = networkOf(attempt.address)
  const byAddress = await waitOf(addresses(db).consume(hashed(network)))
  if (byAddress > 0) return byAddress
  const key = await accountKey(db, attempt)
  const waiting = await turns(db).get(key)
  if (waiting && waiting.msBeforeNext > 0) return seconds(waiting)
  const { consumedPoints } = await failures(db).penalty(key)
  if (consumedPoints < FREE) return 0
  const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** (consumedPoints - FREE), LONGEST_WAIT_SECONDS)
  return waitOf(turns(db).consume(key, 1, { customDuration: wait }))
}

/** Takes a counted attempt back: it was right, or it was never looked at (`checked: false`). */
export async function forgiveAttempt(
  db: Db,
  attempt: Attempt,
  { checked }: { checked: boolean },
): Promise<void> {
  const key = await accountKey(db, attempt)
  await addresses(db).reward(hashed(networkOf(attempt.address)))
  if (checked) await failures(db).delete(key)
  else await failures(db).reward(key)
  await turns(db).delete(key)
}

/** Whether a refusal is the first of its kind in a while, and so worth a row of the audit. */
export async function isFirstRefusal(tx: Tx, { email, address }: Attempt): Promise<boolean> {
  const told = limiter(tx, 'told', 1, TOLD_SECONDS)
  const { consumedPoints } = await told.penalty(hashed(email, networkOf(address)))
  return consumedPoints === 1
}

/** Deletes the counters that have ended. */
export async function sweepCounts(db: Db): Promise<void> {
  await db.delete(signInCounts).where(lt(signInCounts.expire, sql`now() - interval '1 hour'`))
}

/**
 * Strangers share one counter of an account, wherever they are; an address that it signed in from has one of its
 * own, which no stranger elsewhere can use up.
 */
async function accountKey(db: Db, { email, address }: Attempt): Promise<string> {
  const from = await db
    .selectDistinct({ address: loginSessions.address })
    .from(loginSessions)
    .innerJoin(users, eq(users.id, loginSessions.userId))
    .where(
      and(
        eq(sql`lower(${users.email})`, email),
        isNotNull(loginSessions.address),
        gt(loginSessions.createdAt, sql`now() - make_interval(days => ${KNOWN_DAYS})`),
      ),
    )
    .limit(KNOWN_ADDRESSES)
  const network = networkOf(address)
  const isKnown = from.some((session) => networkOf(session.address) === network)
  return isKnown ? hashed(email, network) : hashed(email)
}

const addresses = (db: Db) => limiter(db, 'address', ADDRESS_FAILURES, LONGEST_WAIT_SECONDS)
const failures = (db: Db) => limiter(db, 'account', FREE, REMEMBERED_SECONDS)
const turns = (db: Db) => limiter(db, 'turn', 1, LONGEST_WAIT_SECONDS)

function limiter(db: Db | Tx, keyPrefix: string, points: number, duration: number): RateLimiterDrizzle {
  // The sweep is a chore of the workers.
  const sweep = { clearExpiredByTimeout: false }
  return new RateLimiterDrizzle({
    storeClient: db,
    schema: signInCounts,
    keyPrefix,
    points,
    duration,
    ...sweep,
  })
}

/** The library rejects with a figure where there is none left, and with an error where something is wrong. */
async function waitOf(consumed: Promise<RateLimiterRes>): Promise<number> {
  try {
    await consumed
    return 0
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return seconds(refused)
    throw refused
  }
}

function seconds({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000))
}

/** Addresses of people need not lie in one more table; and a hash has one length. */
function hashed(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url')
}
