import { type SQL, sql } from 'drizzle-orm'
import { type Db as BossDatabase, fromDrizzle, PgBoss } from 'pg-boss'
import type { z } from 'zod'
import type { Db, Tx } from '#lib/db/client.ts'
import { idList, numberList, wordList } from '#lib/db/list.ts'
import {
  ATTEMPTS_QUEUE,
  type AttemptMessage,
  attemptMessageSchema,
  attemptsQueueOptions,
  FIRINGS_QUEUE,
  type FiringMessage,
  firingMessageSchema,
} from './messages.ts'

/** Where a message stands: the highest priority is taken first, and a route (lib/jobs/route.ts) may be passed over. */
export type Line = { priority: number; route: string }

/** The queue as verbs and the dispatcher use it. */
export type Queue = {
  /** Sends inside the caller's transaction: no commit, no message. */
  sendAttempt(tx: Tx, message: AttemptMessage, line: Line & { startAfterSeconds?: number }): Promise<void>
  /** Sends messages of many attempts, all due at once, in one statement. */
  sendAttempts(tx: Tx, messages: (AttemptMessage & Line)[]): Promise<void>
  /** Moves the message of an attempt that waits to where `priority` puts it; one that is being taken stays as it is. */
  setPriority(tx: Tx, attemptId: string, priority: number): Promise<void>
  /** Sends a schedule's next firing inside the caller's transaction, to be taken from `at` on. */
  sendFiring(tx: Tx, message: FiringMessage, at: Date): Promise<void>
  /** The same for many, in one statement. */
  sendFirings(tx: Tx, messages: { message: FiringMessage; at: Date }[]): Promise<void>
  /** Takes up to `count` firings that are due out of the queue, in the caller's transaction. */
  takeFirings(tx: Tx, count: number): Promise<FiringMessage[]>
  /**
   * Takes up to `count` messages that are due, highest priority first, out of the queue, in the caller's transaction.
   * Those on the routes `notOn` keep their places.
   */
  takeAttempts(tx: Tx, count: number, notOn: string[]): Promise<AttemptMessage[]>
  stop(): Promise<void>
}

/**
 * Opens the queue. The web only sends, over its own connections. A worker gives `superviseUrl`: it also expires
 * and deletes messages, in scripts of several statements that need connections of pg-boss's own.
 */
export async function openQueue(
  db: Db,
  options: { superviseUrl?: string; onError(error: Error): void },
): Promise<Queue> {
  const { superviseUrl, onError } = options
  const boss = new PgBoss({
    ...(superviseUrl ? { connectionString: superviseUrl, max: 3 } : { db: overDrizzle(db) }),
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: superviseUrl !== undefined,
  })
  // Without a listener an error event would end the process, a restart of Postgres included.
  boss.on('error', onError)
  await boss.start()
  return {
    async sendAttempt(tx, message, { startAfterSeconds, priority, route }) {
      await boss.send(ATTEMPTS_QUEUE, message, {
        ...{ db: overDrizzle(tx), id: message.attemptId, priority, group: { id: route } },
        ...(startAfterSeconds && { startAfter: startAfterSeconds }),
      })
    },
    async sendAttempts(tx, messages) {
      await insertMessages(
        tx,
        ATTEMPTS_QUEUE,
        sql`select id, jsonb_build_object('attemptId', id) as data, priority, now() as at, route
          from unnest(${idList(messages.map(({ attemptId }) => attemptId))},
            ${numberList(messages.map(({ priority }) => priority))},
            ${wordList(messages.map(({ route }) => route))}) as m(id, priority, route)`,
      )
    },
    async setPriority(tx, attemptId, priority) {
      // Whoever has it locked takes it, and waits for the job's row, which our caller may have: we do not wait as well.
      await tx.execute(sql`
        update pgboss.job set priority = ${priority} where name = ${ATTEMPTS_QUEUE} and id in (
          select id from pgboss.job where name = ${ATTEMPTS_QUEUE} and id = ${attemptId} for update skip locked)`)
    },
    takeAttempts: (tx, count, notOn) => take(tx, ATTEMPTS_QUEUE, attemptMessageSchema, { count, notOn }),
    async sendFiring(tx, message, at) {
      await boss.send(FIRINGS_QUEUE, message, { db: overDrizzle(tx), startAfter: at })
    },
    async sendFirings(tx, messages) {
      await insertMessages(
        tx,
        FIRINGS_QUEUE,
        sql`select gen_random_uuid() as id, jsonb_build_object('triggerId', trigger, 'dueAt', due) as data,
            0 as priority, to_timestamp(at / 1000) as at, null::text as route
          from unnest(${idList(messages.map(({ message }) => message.triggerId))},
            ${wordList(messages.map(({ message }) => message.dueAt))},
            ${numberList(messages.map(({ at }) => at.getTime()))}) as m(trigger, due, at)`,
      )
    },
    takeFirings: (tx, count) => take(tx, FIRINGS_QUEUE, firingMessageSchema, { count, notOn: [] }),
    stop: () => boss.stop({ graceful: false, close: superviseUrl !== undefined }),
  }
}

/**
 * Sends many messages, as pg-boss's `insert` does (12.35): of its 33 µs a message, 22 go into reading twenty fields out of
 * JSON, which ours do not use. tests/jobs/messages.test.ts lays the rows of both side by side.
 */
async function insertMessages(tx: Tx, queue: string, messages: SQL): Promise<void> {
  await tx.execute(sql`
    insert into pgboss.job (id, name, data, priority, start_after, created_on, group_id, expire_seconds,
      deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter,
      heartbeat_seconds)
    select m.id, q.name, m.data, m.priority, m.at, now(), m.route, q.expire_seconds, q.deletion_seconds,
      m.at + q.retention_seconds * interval '1s', q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max,
      q.policy, q.dead_letter, q.heartbeat_seconds
    from (${messages}) as m, pgboss.queue as q where q.name = ${queue}
    on conflict do nothing`)
}

/**
 * Deletes what it takes, in one statement: a message that was delivered tells nothing that our rows do not. pg-boss's own
 * fetch marks it first, a row version that our delete would throw away; the conditions and the order are its.
 */
async function take<S extends z.ZodType>(
  tx: Tx,
  queue: typeof ATTEMPTS_QUEUE | typeof FIRINGS_QUEUE,
  schema: S,
  { count, notOn }: { count: number; notOn: string[] },
): Promise<z.output<S>[]> {
  const routes = notOn.map((route) => `'${route.replaceAll("'", "''")}'`).join(', ')
  const passedOver = sql.raw(routes === '' ? '' : `and (group_id is null or group_id not in (${routes}))`)
  // Without parameters it is planned anew each time: a plan from when the queue was empty reads all of it for each taking.
  const name = sql.raw(`'${queue}'`)
  const messages = await tx.execute<{ data: unknown }>(sql`
    with taken as (
      delete from pgboss.job where name = ${name} and id = any (array(
        select id from pgboss.job
        where name = ${name} and state < 'active' and not blocked and start_after <= now() ${passedOver}
        order by priority desc, created_on limit ${sql.raw(String(count))} for update skip locked))
      returning data, priority, created_on
    )
    select data from taken order by priority desc, created_on`)
  // One that is none of ours (written by hand, restored from elsewhere) must not keep the others from being taken.
  return messages.flatMap(({ data }) => schema.safeParse(data).data ?? [])
}

/**
 * pg-boss over drizzle's connections. drizzle turns off the driver's own JSON, so an object that pg-boss passes
 * as it is (updateQueue does) would reach the wire as one: it is made into text first.
 */
function overDrizzle(db: Db | Tx): BossDatabase {
  const inner = fromDrizzle(db, sql)
  return {
    executeSql: (text, values) =>
      inner.executeSql(
        text,
        values?.map((value: unknown) =>
          value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
            ? JSON.stringify(value)
            : value,
        ),
      ),
  }
}

/** Makes or updates the queue's own schema; the caller holds the migration lock. */
export async function installQueue(db: Db): Promise<void> {
  const boss = new PgBoss({ db: overDrizzle(db), schedule: false, supervise: false })
  boss.on('error', () => {})
  await boss.start()
  for (const queue of [ATTEMPTS_QUEUE, FIRINGS_QUEUE]) {
    await boss.createQueue(queue, attemptsQueueOptions)
    await boss.updateQueue(queue, attemptsQueueOptions)
  }
  await boss.stop({ graceful: false, close: false })
}
