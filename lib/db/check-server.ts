import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { log } from '#lib/log.ts'

const OLDEST = 14
/** A notice takes a millisecond. */
const HEARD_WITHIN_MS = 5000

/** Why the server that the URL names cannot be used, in a sentence; null where it can. */
export async function whyNotUsable(databaseUrl: string): Promise<string | null> {
  // Two connections: what one says to itself arrives by way of any pooler.
  const options = { max: 1, onnotice: () => {}, connect_timeout: 10 }
  const [one, other] = [postgres(databaseUrl, options), postgres(databaseUrl, options)]
  try {
    const [row] = await one`select current_setting('server_version_num')::int as number`
    const version = Math.floor((row!.number as number) / 10_000)
    if (version < OLDEST) return `PostgreSQL ${version} is too old: it must be ${OLDEST} or newer.`
    const channel = `file_orbit_probe_${randomUUID().replaceAll('-', '')}`
    const { promise: heard, resolve } = Promise.withResolvers<'heard'>()
    await one.listen(channel, () => resolve('heard'))
    await other.notify(channel, '')
    if ((await Promise.race([heard, sleep(HEARD_WITHIN_MS, null, { ref: false })])) === 'heard') return null
    return (
      'What one connection to PostgreSQL says by NOTIFY is not heard by another. A pooler in transaction mode ' +
      '(PgBouncer) stands between: give DATABASE_URL the address of the server itself, or of a pool in session mode.'
    )
  } finally {
    await Promise.all([one.end({ timeout: 5 }), other.end({ timeout: 5 })])
  }
}

/** For a process that was given another way to the server than the one which brought it to this version. */
export async function tellIfUnusable(databaseUrl: string): Promise<void> {
  try {
    const why = await whyNotUsable(databaseUrl)
    if (why) log.error(why)
  } catch (error) {
    log.warn({ err: (error as Error).message }, 'could not check the database')
  }
}
