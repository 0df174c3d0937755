import { and, asc, desc, eq, gt, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { logChunks } from '#lib/db/schema/transfers.ts'
import { parseInput } from '#lib/parse.ts'
import { findJobRow } from './queries.ts'
import { type Scanned, scanOthers, scanUnfinished } from './scan-transfers.ts'
import { type JobLogLine, listTransfersSchema, readLogSchema, type Transfer } from './schema.ts'
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
  if (state === 'running') return { items: inFlightOf(job, q), nextCursor: null }
  const [rank, key] = cursor ? decodeCursor(cursor, ['number', 'id']) : []
  const rest = { jobId: id, q, after: rank === '1' ? key : undefined }
  // Two queries, each along its index, rather than a sort of what may be millions of rows.
  const withFailed = rank !== '1' && (!state || state === 'failed')
  const failed = withFailed
    ? await scanUnfinished(ctx.db, { ...rest, after: key, limit: limit + 1 }, 'failed')
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
  const page = full.nextCursor ? full : { ...full, nextCursor: searchedTo }
  if (cursor || state) return page
  const known = new Set(page.items.map((item) => item.path))
  const moving = inFlightOf(job, q).filter((item) => !known.has(item.path))
  return { items: [...moving, ...page.items], nextCursor: page.nextCursor }
}

const nothing: Scanned = { rows: [], searchedTo: null }

/** Files that move right now have no row yet: they are told from the job's latest figures. */
function inFlightOf(job: JobRow, q: string | undefined): Transfer[] {
  return job.inFlight
    .filter((file) => !q || file.path.toLowerCase().includes(q.toLowerCase()))
    .map(({ path, size }) => ({ path, size, state: 'running', action: 'copied', error: null }))
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

/** A job's log, oldest first, whole batches of lines; `cursor` is the last batch seen. */
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
  const { cursor } = parseInput(readLogSchema, input)
  await findJobRow(ctx.db, id)
  const after = cursor ? Number(decodeCursor(cursor, ['number'])[0]) : 0
  const of = and(eq(logChunks.jobId, id), gt(logChunks.seq, after))
  // Sizes first: they are known without reading the lines themselves.
  const sizes = await ctx.db
    .select({ lines: logChunks.lines, bytes: sql<number>`octet_length(${logChunks.body})` })
    .from(logChunks)
    .where(of)
    .orderBy(asc(logChunks.seq))
    .limit(LOG_ROWS_A_PAGE + 1)
  const rows = rowsThatFit(sizes)
  const chunks = await ctx.db
    .select()
    .from(logChunks)
    .where(of)
    .orderBy(asc(logChunks.seq))
    .limit(rows + 1)
  const page = pageOf(
    chunks,
    rows,
    (chunk) => [String(chunk.seq)],
    (chunk) => chunk,
  )
  return {
    items: page.items.flatMap((chunk) =>
      chunk.body.split('\n').map((line) => ({ ...(JSON.parse(line) as JobLogLine), attempt: chunk.attempt })),
    ),
    nextCursor: page.nextCursor,
  }
}

function rowsThatFit(sizes: { lines: number; bytes: number }[]): number {
  const sum = { lines: 0, bytes: 0 }
  const tooMuch = sizes.findIndex(({ lines, bytes }) => {
    sum.lines += lines
    sum.bytes += bytes
    return sum.lines > LOG_PAGE.lines || sum.bytes > LOG_PAGE.bytes
  })
  return tooMuch === -1 ? LOG_ROWS_A_PAGE : Math.max(1, tooMuch)
}
