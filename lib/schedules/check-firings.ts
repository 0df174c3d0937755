import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { idList } from '#lib/db/list.ts'
import { databaseNow } from '#lib/db/now.ts'
import { firings } from '#lib/db/schema/events.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { notify } from '#lib/live/channel.ts'
import { FIRINGS_QUEUE } from '#lib/queue/messages.ts'
import { waitingMessages } from '#lib/queue/waiting-messages.ts'
import { isOn } from '#lib/triggers/is-on.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { isBlackedOut } from './blackout.ts'
import { LATE_MS } from './decide.ts'
import { expectedFirings, type Walked } from './expected-firings.ts'
import { nextDue } from './next-firings.ts'
import { messageOf } from './plan-firing.ts'

export type Checked = {
  /** Times at which a schedule was due, and nothing is written of it. */
  missing: number
  /** Schedules whose next firing nobody would have made: its message was gone. */
  planned: number
}

type Watched = { trigger: typeof triggers.$inferSelect; settings: ScheduleSettings; until: Date }

/** A round writes what it has seen of a schedule this often where nothing was due. */
const REMEMBER_EVERY_MS = 3600_000

/**
 * The watchdog: compares when each schedule that is on should have fired with what is written of it. What is missing for
 * more than `lateMs` is written as missed, for a person to see; a schedule without a message is planned again, so that
 * what was missed is made up for as its settings say.
 */
export async function checkFirings({
  ctx,
  lateMs = LATE_MS,
}: {
  ctx: Context
  lateMs?: number
}): Promise<Checked> {
  requireAgent(ctx.actor)
  const { now, watched } = await readWatched(ctx.db, lateMs)
  const walked: Walked = new Map()
  const expected = new Map<Watched, Date[]>()
  for (const one of watched) {
    const { checkedUntil: from, since } = one.trigger
    const times = expectedFirings(one.settings, { from, until: one.until, since, walked })
    if (times.length > 0) expected.set(one, times)
  }
  const written = await readWritten(ctx.db, expected)
  let missing = 0
  const accounted: Watched[] = []
  for (const one of watched) {
    const times = expected.get(one) ?? []
    const lost = times.filter((time) => !written.has(`${one.trigger.id} ${time.getTime()}`))
    if (lost.length > 0) missing += await report(ctx, one, lost)
    else if (times.length > 0 || now.getTime() - one.trigger.checkedUntil.getTime() > REMEMBER_EVERY_MS) {
      accounted.push(one)
    }
  }
  await remember(ctx.db, accounted)
  return { missing, planned: await planLost(ctx) }
}

async function readWatched(db: Db, lateMs: number): Promise<{ now: Date; watched: Watched[] }> {
  const reading = db
    .select({ trigger: triggers })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(eq(triggers.type, 'schedule'), isOn))
  const [now, rows] = await Promise.all([databaseNow(db), reading])
  const watched = rows.flatMap(({ trigger }) => {
    const { settings } = trigger
    if (settings.type !== 'schedule') return []
    // What would start in a blackout is put off to its end: until then nothing can be told to be missing.
    if (isBlackedOut(settings, now) || isBlackedOut(settings, new Date(now.getTime() - lateMs))) return []
    const until = new Date(now.getTime() - lateMs - settings.jitterSeconds * 1000)
    return until > trigger.checkedUntil ? [{ trigger, settings, until }] : []
  })
  return { now, watched }
}

async function readWritten(db: Db | Tx, expected: Map<Watched, Date[]>): Promise<Set<string>> {
  if (expected.size === 0) return new Set()
  const ids = [...expected.keys()].map(({ trigger }) => trigger.id)
  const first = Math.min(...[...expected.values()].map(([time]) => time!.getTime()))
  const rows = await db
    .select({ triggerId: firings.triggerId, dueAt: firings.dueAt })
    .from(firings)
    .where(and(sql`${firings.triggerId} = any (${idList(ids)})`, gt(firings.dueAt, new Date(first - 1))))
  return new Set(rows.map(({ triggerId, dueAt }) => `${triggerId} ${dueAt.getTime()}`))
}

const REASON =
  'Nothing fired it within a minute of its time, though the schedule was on. Run the template now if it is still wanted; the log of the worker may say why.'

/** Writes what is missing, if it still is and nobody has changed the schedule since. */
async function report(ctx: Context, { trigger, settings, until }: Watched, lost: Date[]): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const [now] = await tx.select().from(triggers).where(eq(triggers.id, trigger.id)).for('update')
    const isSame = now && !now.deletedAt && now.checkedUntil.getTime() === trigger.checkedUntil.getTime()
    if (!isSame || now.nextDueAt === null) return 0
    const written = await tx
      .insert(firings)
      .values(
        lost.map((dueAt) => ({
          ...{ triggerId: trigger.id, dueAt, templateId: trigger.templateId },
          ...{ state: 'missed' as const, reason: REASON },
        })),
      )
      .onConflictDoNothing()
      .returning({ dueAt: firings.dueAt })
    await tx.update(triggers).set({ checkedUntil: until }).where(eq(triggers.id, trigger.id))
    // Where its message is still there, or one of a later firing: what was missed is made up for all the same.
    if (written.length > 0 && settings.missed !== 'skip') {
      const from = settings.missed === 'all' ? lost[0]! : lost.at(-1)!
      if (now.nextDueAt > from) await send(tx, ctx, trigger.id, settings, from)
    }
    if (written.length > 0) await notify(tx, 'live', 'events')
    return written.length
  })
}

/** A schedule is on, and no message of the firing that it is said to wait for is in the queue. */
async function planLost(ctx: Context): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    // As in requeueForgotten: by a hash, not each schedule with each message.
    await tx.execute(sql`select set_config('enable_nestloop', 'off', true)`)
    const rows = await tx.execute<{ id: string }>(sql`
      select triggers.id from triggers join templates on templates.id = triggers.template_id
      where triggers.type = 'schedule' and ${isOn}
        and not exists (select 1 from ${waitingMessages(FIRINGS_QUEUE)} q
          where q.data->>'triggerId' = triggers.id::text
          and q.data->>'dueAt' = to_char(triggers.next_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`)
    if (rows.length === 0) return 0
    const lost = await tx
      .select({ trigger: triggers })
      .from(triggers)
      .innerJoin(templates, eq(templates.id, triggers.templateId))
      .where(
        and(
          isOn,
          inArray(
            triggers.id,
            rows.map(({ id }) => id),
          ),
        ),
      )
      .orderBy(triggers.id)
      .for('update', { of: triggers, skipLocked: true })
    const now = await databaseNow(tx)
    let planned = 0
    for (const { trigger } of lost) planned += await planAgain(tx, ctx, trigger, now)
    return planned
  })
}

async function planAgain(
  tx: Tx,
  ctx: Context,
  { id, settings, nextDueAt, since }: typeof triggers.$inferSelect,
  now: Date,
): Promise<number> {
  if (settings.type !== 'schedule') return 0
  const next = nextDueAt ?? nextDue(settings, { after: now, since })
  if (!next) return 0
  const [waiting] = await tx.execute(sql`
    select 1 from ${waitingMessages(FIRINGS_QUEUE)} q
    where q.data->>'triggerId' = ${id} and q.data->>'dueAt' = ${next.toISOString()}`)
  if (waiting) return 0
  await send(tx, ctx, id, settings, next)
  return 1
}

async function send(
  tx: Tx,
  ctx: Context,
  id: string,
  settings: ScheduleSettings,
  dueAt: Date,
): Promise<void> {
  await tx.update(triggers).set({ nextDueAt: dueAt }).where(eq(triggers.id, id))
  await ctx.queue.sendFiring(tx, ...messageOf(id, settings, dueAt))
}

/** What was found accounted for is not looked at again. */
async function remember(db: Db, accounted: Watched[]): Promise<void> {
  if (accounted.length === 0) return
  const rows = accounted.map(({ trigger, until }) => ({ id: trigger.id, until, was: trigger.checkedUntil }))
  await db.execute(sql`
    update triggers set checked_until = r.until
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, until timestamptz, was timestamptz)
    where triggers.id = r.id and triggers.checked_until < r.until and triggers.next_due_at is not null`)
}
