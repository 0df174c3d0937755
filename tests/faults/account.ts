import { asc, eq } from 'drizzle-orm'
import { attempts } from '#lib/db/schema/jobs.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { readLog } from '#lib/jobs/details.ts'
import type { TestDatabase } from '#tests/support/database.ts'
import type { Depot } from '#tests/support/depot.ts'
import { treeOf } from '#tests/support/files.ts'

/** What became of a job, as its rows tell it. */
export function attemptsOf({ db }: TestDatabase, jobId: string) {
  return db.select().from(attempts).where(eq(attempts.jobId, jobId)).orderBy(asc(attempts.number))
}

export type TransferRow = typeof transfers.$inferSelect

/** Every file's row by its path. */
export async function rowsOf({ db }: TestDatabase, jobId: string): Promise<Record<string, TransferRow>> {
  const rows = await db.select().from(transfers).where(eq(transfers.jobId, jobId))
  return Object.fromEntries(rows.map((row) => [row.path, row]))
}

/** The job's whole log, page after page. */
export async function messagesOf({ ctx }: Pick<Depot, 'ctx'>, jobId: string): Promise<string[]> {
  const messages: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await readLog({ ctx: ctx.viewer, id: jobId, input: cursor ? { cursor } : {} })
    messages.push(...page.items.map(({ message }) => message))
    cursor = page.nextCursor
  }
  return messages
}

/** Files whose row says that they arrived although their content differs; names that are half a file. */
export function liesOf(source: string, destination: string, rows: Record<string, TransferRow>): string[] {
  const from = treeOf(source)
  const to = treeOf(destination)
  const wrong = Object.values(rows).filter(
    ({ state, path }) => state === 'completed' && from[path] !== to[path],
  )
  const partial = Object.keys(to).filter((path) => path.endsWith('.partial'))
  return [...wrong.map(({ path }) => path), ...partial]
}
