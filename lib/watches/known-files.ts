import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { watchedFiles } from '#lib/db/schema/watches.ts'

export type KnownFile = { folder: string; name: string; mark: string }

const columns = { folder: watchedFiles.folder, name: watchedFiles.name, mark: watchedFiles.mark }

function inFolder(triggerId: string, folder: string): SQL | undefined {
  return and(eq(watchedFiles.triggerId, triggerId), eq(watchedFiles.folderHash, sql`md5(${folder})::uuid`))
}

/** The marks of those among `names` that are known, by name. */
export async function marksOf(
  db: Db,
  triggerId: string,
  folder: string,
  names: string[],
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const rows = await db
    .select(columns)
    .from(watchedFiles)
    .where(
      and(
        inFolder(triggerId, folder),
        // One parameter, however many names.
        sql`${watchedFiles.name} in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`,
      ),
    )
  return new Map(rows.map(({ name, mark }) => [name, mark]))
}

export async function countKnown(db: Db, triggerId: string, folder?: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(watchedFiles)
    .where(folder === undefined ? eq(watchedFiles.triggerId, triggerId) : inFolder(triggerId, folder))
  return row?.count ?? 0
}

/** The known files of one folder in portions, by name. */
export async function* knownIn(
  db: Db,
  triggerId: string,
  folder: string,
  portion: number,
): AsyncGenerator<KnownFile[]> {
  let after = ''
  for (;;) {
    const rows = await db
      .select(columns)
      .from(watchedFiles)
      .where(and(inFolder(triggerId, folder), gt(watchedFiles.name, after)))
      .orderBy(asc(watchedFiles.name))
      .limit(portion)
    if (rows.length > 0) yield rows
    if (rows.length < portion) return
    after = rows.at(-1)!.name
  }
}

/** The folders that files are known of: all, or `below` one and itself. */
export async function knownFolders(db: Db, triggerId: string, below = ''): Promise<string[]> {
  const inside =
    below === ''
      ? undefined
      : sql`(${watchedFiles.folder} = ${below} or starts_with(${watchedFiles.folder}, ${`${below}/`}))`
  const rows = await db
    .selectDistinct({ folder: watchedFiles.folder })
    .from(watchedFiles)
    .where(and(eq(watchedFiles.triggerId, triggerId), inside))
  return rows.map(({ folder }) => folder)
}
