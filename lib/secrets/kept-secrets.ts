import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'

/**
 * The tables whose rows keep sealed texts by name in a column `secrets`, each sealed for its place (table, row, name).
 * Whoever adds such a table adds it here, or its secrets stay behind when keys are changed.
 */
const KEEPERS = [
  { table: 'endpoints', from: endpoints, secrets: endpoints.secrets, name: sql`${endpoints.name}` },
  {
    ...{ table: 'triggers', from: triggers, secrets: triggers.secrets },
    name: sql`(select ${templates.name} from ${templates} where ${templates.id} = ${triggers.templateId})`,
  },
]
/** By their names in the database. */
export const KEEPING_TABLES: readonly string[] = KEEPERS.map(({ table }) => table)

/** A row with sealed texts; `name` is how people call it. */
export type KeptRow = { table: string; row: string; name: string; secrets: Record<string, string> }

export type KeyUse = { keyId: string; secrets: number; rows: number }

/** How many secrets are sealed to each key. */
export async function countByKey(db: Db): Promise<KeyUse[]> {
  const all = sql.join(
    KEEPERS.map(
      ({ table, from, secrets }) =>
        sql`select ${table} || ${from}.id::text as row, split_part(sealed.value, '.', 2) as key
          from ${from}, jsonb_each_text(${secrets}) sealed`,
    ),
    sql` union all `,
  )
  const found = await db.execute<{ key: string; secrets: string; rows: string }>(
    sql`select key, count(*) as secrets, count(distinct row) as rows from (${all}) kept
      group by key order by count(*) desc, key`,
  )
  return found.map(({ key, secrets, rows }) => ({ keyId: key, secrets: Number(secrets), rows: Number(rows) }))
}

/** Rows after `after` (table and id) that keep a text sealed to another key than `keyId`. */
export async function rowsNotSealedTo(
  db: Db,
  keyId: string,
  after: Pick<KeptRow, 'table' | 'row'> | null,
  limit: number,
): Promise<KeptRow[]> {
  const rows: KeptRow[] = []
  for (const { table, from, secrets, name } of KEEPERS) {
    if (after && after.table > table) continue
    const later: SQL = after?.table === table ? sql`and ${from}.id > ${after.row}` : sql``
    const found = await db.execute<Omit<KeptRow, 'table'>>(sql`
      select ${from}.id as row, ${name} as name, ${secrets} as secrets from ${from}
      where exists (
        select from jsonb_each_text(${secrets}) sealed where split_part(sealed.value, '.', 2) <> ${keyId}
      ) ${later}
      order by ${from}.id limit ${limit - rows.length}`)
    rows.push(...found.map((row) => ({ ...row, table })))
    if (rows.length >= limit) break
  }
  return rows
}

/** Keeps other texts in place of exactly those that were read; false when somebody has changed them since. */
export async function replaceKept(
  db: Db,
  { table, row, secrets: before }: KeptRow,
  secrets: Record<string, string>,
): Promise<boolean> {
  const keeper = KEEPERS.find((one) => one.table === table)
  if (!keeper) throw new RangeError(`${table} keeps no secrets`)
  const changed = await db.execute(sql`
    update ${keeper.from} set secrets = ${JSON.stringify(secrets)}::text::jsonb
    where id = ${row} and secrets = ${JSON.stringify(before)}::text::jsonb returning id`)
  return changed.length > 0
}
