import { createHash } from 'node:crypto'
import { and, asc, desc, eq, gte, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { logChunks } from '#lib/db/schema/transfers.ts'
import { parseInput } from '#lib/parse.ts'
import { findJobRow } from './queries.ts'
import { type Scanned, scanOthers, scanUnfinished } from './scan-transfers.ts'
import { type JobLogLine, listTransfersSchema, readLogSchema, type Transfer } from './schema.ts'
import type { TransferState } from './states.ts'
import { toTransfer } from './to-job.ts'
import type { JobRow } from './transition.ts'

/**
 * A job's files: failed ones first, then in the order of their keys. A page that looks for something rare may be
 * short, even empty, before the end.
 */
export async function listTransfers({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Page<Transfer>> {
  requireRole(ctx.actor, 'viewer')
  const { state, q, cursor, limit } = parseInput(listTransfersSchema, input)
  const job = await findJobRow(ctx.db, id)
  const [rank, key] = cursor ? decodeCursor(cursor, ['number', 'id']) : []
  const withMoving = rank === MOVING || (!cursor && (!state || state === 'running'))
  const moving = withMoving ? movingPage(job, q, rank === MOVING ? key : undefined, limit) : null
  if (moving && (state === 'running' || moving.nextCursor)) return moving
  const page = await listRows(ctx, job.id, {
    q,
    state,
    limit: limit - (moving?.items.length ?? 0),
    rank,
    key,
  })
  const known = new Set(page.items.map((item) => item.path))
  const shown = moving?.items.filter((item) => !known.has(item.path)) ?? []
  return { items: [...shown, ...page.items], nextCursor: page.nextCursor }
}

/** Ranks of a cursor: failed rows, other rows, and before both what moves. */
const MOVING = '2'

type Rows = {
  q: string | undefined
  state: TransferState | undefined
  limit: number
  rank: string | undefined
  key: string | undefined
}

/** A page of the files that have a row; with no room for any, only where they begin. */
async function listRows(
  ctx: Context,
  jobId: string,
  { q, state, limit, rank, key }: Rows,
): Promise<Page<Transfer>> {
  if (limit === 0) return { items: [], nextCursor: encodeCursor(['0', FIRST]) }
  const rest = { jobId, q, after: rank === '1' ? key : undefined }
  // Two queries, each along its index, rather than a sort of what may be millions of rows.
  const withFailed = rank !== '1' && (!state || state === 'failed')
  const failed = withFailed
    ? await scanUnfinished(
        ctx.db,
        { ...rest, after: rank === '0' ? key : undefined, limit: limit + 1 },
        'failed',
      )
    : nothing
  const room = limit + 1 - failed.rows.length
  const withOthers = state !== 'failed' && room > 0 && failed.searchedTo === null
  const others = !withOthers
    ? nothing
    : state === 'cancelled'
      ? await scanUnfinished(ctx.db, { ...rest, limit: room }, state)
      : await scanOthers(ctx.db, { ...rest, limit: room }, state === 'completed')
  const full = pageOf(
    [...failed.rows, ...others.rows],
    limit,
    (row) => [row.state === 'failed' ? '0' : '1', row.pathHash],
    toTransfer,
  )
  const searchedTo = failed.searchedTo
    ? encodeCursor(['0', failed.searchedTo])
    : others.searchedTo && encodeCursor(['1', others.searchedTo])
  return full.nextCursor ? full : { ...full, nextCursor: searchedTo }
}

/** Before every key. */
const FIRST = '00000000-0000-0000-0000-000000000000'

const nothing: Scanned = { rows: [], searchedTo: null }

/**
 * Files that move right now have no row yet: they are told from the job's latest figures. In the order of their keys,
 * as rows are: which of them move changes between one page and the next.
 */
function movingPage(
  job: JobRow,
  q: string | undefined,
  after: string | undefined,
  limit: number,
): Page<Transfer> {
  const moving = job.inFlight
    .filter((file) => !q || file.path.toLowerCase().includes(q.toLowerCase()))
    .map((file) => ({ ...file, key: keyOf(file.path) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return pageOf(
    moving,
    limit,
    ({ key }) => [MOVING, key],
    ({ path, size }) => ({ path, size, state: 'running', action: 'copied', error: null }),
  )
}

/** As PostgreSQL makes `path_hash`. */
function keyOf(path: string): string {
  const hash = createHash('md5').update(path).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export type AttemptView = typeof attempts.$inferSelect

export async function listAttempts({ ctx, id }: { ctx: Context; id: string }): Promise<AttemptView[]> {
  requireRole(ctx.actor, 'viewer')
  return ctx.db
    .select()
    .from(attempts)
    .where(eq(attempts.jobId, id))
    .orderBy(desc(attempts.number))
    .limit(200)
}

/** A page of the log: so many lines and bytes, or one row where that is more (report-attempts.ts bounds a row). */
const LOG_PAGE = { lines: 2_500, bytes: 1024 * 1024 }
/** A quiet job writes rows of one line. */
const LOG_ROWS_A_PAGE = 500

/** A job's log, oldest first; without a `limit` as much as a page holds. */
export async function readLog({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Page<JobLogLine>> {
  requireRole(ctx.actor, 'viewer')
  const { cursor, limit = LOG_PAGE.lines } = parseInput(readLogSchema, input)
  await findJobRow(ctx.db, id)
  // The batch to go on with, and how many of its lines are known.
  const [seq = 0, seen = 0] = cursor ? decodeCursor(cursor, ['number', 'number']).map(Number) : []
  const of = and(eq(logChunks.jobId, id), gte(logChunks.seq, seq))
  // Sizes first: they are known without reading the lines themselves.
  const sizes = await ctx.db
    .select({ lines: logChunks.lines, bytes: sql<number>`octet_length(${logChunks.body})` })
    .from(logChunks)
    .where(of)
    .orderBy(asc(logChunks.seq))
    .limit(LOG_ROWS_A_PAGE + 1)
  const rows = rowsThatFit(sizes, limit + seen)
  const chunks = await ctx.db
    .select()
    .from(logChunks)
    .where(of)
    .orderBy(asc(logChunks.seq))
    .limit(rows + 1)
  const items: JobLogLine[] = []
  for (const chunk of chunks.slice(0, rows)) {
    const lines = chunk.body.split('\n')
    for (let at = chunk.seq === seq ? seen : 0; at < lines.length; at += 1) {
      if (items.length === limit) return { items, nextCursor: encodeCursor([String(chunk.seq), String(at)]) }
      items.push({ ...(JSON.parse(lines[at]!) as JobLogLine), attempt: chunk.attempt })
    }
  }
  const next = chunks[rows]
  return { items, nextCursor: next ? encodeCursor([String(next.seq), '0']) : null }
}

/** One at least; more lines than are wanted only where one row holds them. */
function rowsThatFit(sizes: { lines: number; bytes: number }[], wanted: number): number {
  const sum = { lines: 0, bytes: 0 }
  const tooMuch = sizes.findIndex(({ lines, bytes }) => {
    const enough = sum.lines >= wanted
    sum.lines += lines
    sum.bytes += bytes
    return enough || sum.lines > LOG_PAGE.lines || sum.bytes > LOG_PAGE.bytes
  })
  return tooMuch === -1 ? LOG_ROWS_A_PAGE : Math.max(1, tooMuch)
}
