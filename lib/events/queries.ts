import { desc, eq, lt, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page } from '#lib/cursor.ts'
import { contains } from '#lib/db/contains.ts'
import { idList } from '#lib/db/list.ts'
import { eventCounts, events } from '#lib/db/schema/events.ts'
import { NotFoundError } from '#lib/errors.ts'
import { withinHours } from '#lib/jobs/schema.ts'
import { parseInput } from '#lib/parse.ts'
import { newestEvents } from './newest-events.ts'
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

/** Events looked at for one page of a search: some 30 ms. */
const LOOKED_AT = 20_000

/**
 * Events, the newest first. With `q` a page may be short, even empty, before the end: it goes back a bounded way, and
 * `nextCursor` goes on from there.
 */
export async function listEvents({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<LedgerEvent>> {
  requireRole(ctx.actor, 'viewer')
  const { q, cursor, limit, ...filters } = parseInput(listEventsSchema, input)
  const older = cursor ? [lt(events.id, decodeCursor(cursor, ['id'])[0]!)] : []
  let lowest: string | undefined
  if (q) {
    const walk = newestEvents(filters, LOOKED_AT, ...older)
    const [last] = await ctx.db.execute<{ id: string }>(
      sql`select id from (${walk}) as walked order by id desc offset ${LOOKED_AT - 1}`,
    )
    lowest = last?.id
  }
  const found = newestEvents(
    filters,
    limit + 1,
    ...older,
    ...(q ? [contains(events.path, q)] : []),
    ...(lowest ? [sql`${events.id} >= ${lowest}::uuid`] : []),
  )
  const ids = await ctx.db.execute<{ id: string }>(sql`select id from (${found}) as found`)
  const rows = await ctx.db
    .select()
    .from(events)
    // As one parameter, by which partitions are left out as well.
    .where(sql`${events.id} = any(${idList(ids.map(({ id }) => id))})`)
    .orderBy(desc(events.id))
  const items = rows.slice(0, limit)
  const next = rows.length > limit ? items.at(-1)?.id : lowest
  return { items: items.map(toEvent), nextCursor: next ? encodeCursor([next]) : null }
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
    within ? countNewest(ctx, templateId, withinHours[within]) : keptCounts(ctx, templateId),
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
  const isCapped = within !== undefined && received >= COUNTED
  return { received, ...fates, unaccounted: unaccounted.length, ...(isCapped && { more: true as const }) }
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

/** More are not counted: the Overview asks at each look, and must cost the same for ever. */
const COUNTED = 20_000

async function countNewest(
  ctx: Context,
  templateId: string | undefined,
  hours: number,
): Promise<StateCount[]> {
  const recent = sql`${events.id} >= uuidv7_floor(now() - make_interval(hours => ${hours}::int))`
  return ctx.db.execute<StateCount>(sql`
    select state, count(*)::int as count from (${newestEvents({ templateId }, COUNTED, recent)}) as newest
    group by state`)
}
