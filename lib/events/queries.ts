import { and, desc, eq, gte, ilike, inArray, lt, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { eventCounts, events } from '#lib/db/schema/events.ts'
import { NotFoundError } from '#lib/errors.ts'
import { withinHours } from '#lib/jobs/schema.ts'
import { parseInput } from '#lib/parse.ts'
import { type EventSummary, type LedgerEvent, listEventsSchema, summaryQuerySchema } from './schema.ts'
import { findUnaccounted } from './unaccounted.ts'

type EventRow = typeof events.$inferSelect

export function toEvent({ waitingSince: _, ...row }: EventRow): LedgerEvent {
  return {
    ...row,
    occurredAt: row.occurredAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  }
}

/** Events, the newest first. */
export async function listEvents({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<LedgerEvent>> {
  requireRole(ctx.actor, 'viewer')
  const { state, templateId, jobId, q, cursor, limit } = parseInput(listEventsSchema, input)
  const before = cursor ? decodeCursor(cursor, ['id'])[0]! : undefined
  const rows = await ctx.db
    .select()
    .from(events)
    .where(
      and(
        state && inArray(events.state, state),
        templateId ? eq(events.templateId, templateId) : undefined,
        jobId ? eq(events.jobId, jobId) : undefined,
        q ? ilike(events.path, `%${q.replace(/[\\%_]/g, '\\$&')}%`) : undefined,
        before ? lt(events.id, before) : undefined,
      ),
    )
    .orderBy(desc(events.id))
    .limit(limit + 1)
  return pageOf(rows, limit, (row) => [row.id], toEvent)
}

export async function getEvent({ ctx, id }: { ctx: Context; id: string }): Promise<LedgerEvent> {
  requireRole(ctx.actor, 'viewer')
  const [row] = await ctx.db.select().from(events).where(eq(events.id, id))
  if (!row) throw new NotFoundError('There is no such event; it may have been removed with its month.')
  return toEvent(row)
}

/** A job holds at most some thousands (the template says how many). */
export async function countJobEvents({ ctx, id }: { ctx: Context; id: string }): Promise<number> {
  requireRole(ctx.actor, 'viewer')
  return ctx.db.$count(events, eq(events.jobId, id))
}

/** The books: how many were received, and what became of them. */
export async function summarizeEvents({
  ctx,
  input = {},
}: {
  ctx: Context
  input?: unknown
}): Promise<EventSummary> {
  requireRole(ctx.actor, 'viewer')
  const { templateId, within } = parseInput(summaryQuerySchema, input)
  const [rows, unaccounted] = await Promise.all([
    within ? countSince(ctx, templateId, withinHours[within]) : keptCounts(ctx, templateId),
    findUnaccounted({ ctx, templateId }),
  ])
  const of = (state: EventRow['state']) => rows.find((row) => row.state === state)?.count ?? 0
  const fates = {
    ignored: of('ignored'),
    transferred: of('transferred'),
    failed: of('failed'),
    dead: of('dead'),
    pending: of('pending'),
  }
  const received = Object.values(fates).reduce((sum, count) => sum + count, 0)
  return { received, ...fates, unaccounted: unaccounted.length }
}

type StateCount = { state: EventRow['state']; count: number }

/** Sums that every change keeps (drizzle, event_counts): counting a million events would take a second. */
function keptCounts(ctx: Context, templateId: string | undefined): Promise<StateCount[]> {
  return ctx.db
    .select({ state: eventCounts.state, count: sql<number>`sum(${eventCounts.count})::float8` })
    .from(eventCounts)
    .where(templateId ? eq(eventCounts.templateId, templateId) : undefined)
    .groupBy(eventCounts.state)
}

function countSince(ctx: Context, templateId: string | undefined, hours: number): Promise<StateCount[]> {
  return ctx.db
    .select({ state: events.state, count: sql<number>`count(*)::int` })
    .from(events)
    .where(
      and(
        templateId ? eq(events.templateId, templateId) : undefined,
        gte(events.id, sql`uuidv7_floor(now() - make_interval(hours => ${hours}::int))`),
      ),
    )
    .groupBy(events.state)
}
