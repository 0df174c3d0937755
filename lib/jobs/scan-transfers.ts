import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { contains } from '#lib/db/contains.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import type { TransferState } from './states.ts'

type Row = typeof transfers.$inferSelect
type Asked = { jobId: string; after: string | undefined; q: string | undefined; limit: number }

/** Rows in the order of their keys; `searchedTo` is the key up to which all were found, null at the end. */
export type Scanned = { rows: Row[]; searchedTo: string | null }

/** Looked at for one page at most: what matches nothing must not read a million rows. */
const A_PAGE = 50_000

/** Files in one state that is not `completed`: they have an index of their own. */
export function scanUnfinished(db: Db, asked: Asked, state: TransferState): Promise<Scanned> {
  return scan(db, asked, eq(transfers.state, state), sql`true`)
}

/** Files in any state but `failed`, or only the completed ones. */
export function scanOthers(db: Db, asked: Asked, onlyCompleted: boolean): Promise<Scanned> {
  const wanted = onlyCompleted ? sql`state = 'completed'` : sql`state <> 'failed'`
  return scan(db, asked, sql`true`, wanted)
}

/**
 * `indexed` bounds what is read, `wanted` what of it is taken. The rows are read in the order of the key only as far
 * as the page needs, and never further than the bound.
 */
async function scan(db: Db, { jobId, after, q, limit }: Asked, indexed: SQL, wanted: SQL): Promise<Scanned> {
  const read = and(eq(transfers.jobId, jobId), indexed, after ? gt(transfers.pathHash, after) : undefined)
  const looked = db
    .select()
    .from(transfers)
    .where(read)
    .orderBy(asc(transfers.pathHash))
    .limit(A_PAGE)
    .as('looked')
  const like = q ? contains(looked.path, q) : undefined
  const rows = await db
    .select()
    .from(looked)
    .where(and(wanted, like))
    .orderBy(asc(looked.pathHash))
    .limit(limit)
  if (rows.length === limit) return { rows, searchedTo: null }
  const [last] = await db
    .select({ key: transfers.pathHash })
    .from(transfers)
    .where(read)
    .orderBy(asc(transfers.pathHash))
    .limit(1)
    .offset(A_PAGE - 1)
  return { rows, searchedTo: last?.key ?? null }
}
