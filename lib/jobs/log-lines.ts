import { and, asc, desc, eq, gt, gte, lt, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { logChunks } from '#lib/db/schema/transfers.ts'
import { parseInput } from '#lib/parse.ts'
import { findJobRow } from './queries.ts'
import { type JobLogLine, logLevels } from './schema.ts'

/** A line with its place in the job's log, good for as long as the job is: "12.3", the fourth of batch 12. */
export type PlacedLine = JobLogLine & { id: string }

export type LogLines = {
  lines: PlacedLine[]
  /** The batches that were read, matching or not; null of an empty log. */
  first: number | null
  last: number | null
  moreBefore: boolean
  moreAfter: boolean
}

const batch = z.number().int().min(0).max(999_999_999)

const logLinesSchema = z.strictObject({
  /** One at most; without any the end of the log. */
  after: batch.optional(),
  before: batch.optional(),
  from: batch.optional(),
  /** This grave, or graver. */
  level: z.enum(logLevels).default('debug'),
})

/** A batch has at most 2,000 lines and mostly few: it is read on until there is enough to show. */
const BATCHES = 20
const ENOUGH_LINES = 500

/** A stretch of a job's log, oldest first, for a page that follows it or looks at one line. */
export async function readLogLines({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<LogLines> {
  requireRole(ctx.actor, 'viewer')
  const { after, before, from, level } = parseInput(logLinesSchema, input)
  await findJobRow(ctx.db, id)
  const forward = after !== undefined || from !== undefined
  const where: (SQL | undefined)[] = [
    eq(logChunks.jobId, id),
    after !== undefined ? gt(logChunks.seq, after) : undefined,
    from !== undefined ? gte(logChunks.seq, from) : undefined,
    before !== undefined ? lt(logChunks.seq, before) : undefined,
  ]
  const chunks = await ctx.db
    .select()
    .from(logChunks)
    .where(and(...where))
    .orderBy(forward ? asc(logChunks.seq) : desc(logChunks.seq))
    .limit(BATCHES + 1)
  const least = logLevels.indexOf(level)
  const read: PlacedLine[][] = []
  let used = 0
  let found = 0
  for (const chunk of chunks.slice(0, BATCHES)) {
    if (found >= ENOUGH_LINES) break
    const lines = placed(chunk).filter((line) => logLevels.indexOf(line.level) >= least)
    found += lines.length
    used += 1
    read.push(lines)
  }
  const seen = chunks.slice(0, used).map(({ seq }) => seq)
  const more = chunks.length > used
  const first = seen.length > 0 ? Math.min(...seen) : null
  return {
    lines: (forward ? read : read.reverse()).flat(),
    first,
    last: seen.length > 0 ? Math.max(...seen) : null,
    moreBefore: forward ? first !== null && first > 1 : more,
    moreAfter: forward ? more : before !== undefined,
  }
}

function placed(chunk: typeof logChunks.$inferSelect): PlacedLine[] {
  return chunk.body.split('\n').map((line, at) => ({
    ...(JSON.parse(line) as JobLogLine),
    attempt: chunk.attempt,
    id: `${chunk.seq}.${at}`,
  }))
}

/** The whole log as text, a batch at a time: it may be far larger than memory. */
export async function* logText({ ctx, id }: { ctx: Context; id: string }): AsyncGenerator<string> {
  requireRole(ctx.actor, 'viewer')
  await findJobRow(ctx.db, id)
  for (let seq = 0; ; ) {
    const chunks = await ctx.db
      .select()
      .from(logChunks)
      .where(and(eq(logChunks.jobId, id), gt(logChunks.seq, seq)))
      .orderBy(asc(logChunks.seq))
      .limit(BATCHES)
    if (chunks.length === 0) return
    for (const chunk of chunks) yield placed(chunk).map(asText).join('')
    seq = chunks.at(-1)!.seq
  }
}

/** One line of the file for one of the log, whatever is in its names. */
function asText({ at, attempt, level, path, message }: PlacedLine): string {
  const said = path === undefined ? message : `${path}: ${message}`
  const safe = said.replace(/\p{Cc}/gu, (sign) => JSON.stringify(sign).slice(1, -1))
  return `${at} attempt ${attempt} ${level.padEnd(8)} ${safe}\n`
}
