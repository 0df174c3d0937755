import { eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'
import { eventCounts } from '#lib/db/schema/events.ts'
import { idsOf, type Month, monthAt } from './months.ts'

/** The tables of which each month has a partition of its own, and the id by whose time: of the job, or of the row. */
const rangeOf = { transfers: 'job_id', log_chunks: 'job_id', events: 'id' } as const
type Partitioned = keyof typeof rangeOf
const partitioned = Object.keys(rangeOf) as Partitioned[]

const MONTHS_AHEAD = 2
/**
 * Making and taking away a partition needs the parent for itself for a moment, and whoever wants to write meanwhile
 * waits behind it: so behind a dump that reads for an hour it gives up, and is tried again at the next round.
 */
const LOCK_TIMEOUT = '250ms'
/** A clock that is wrong by years must not make a partition for each of them. */
const MOVED_AHEAD = 24
const FIRST_MONTH = '2020-01'

/**
 * Makes the partitions of this month and the next ones, first giving those their rows that fell into the default
 * partition meanwhile. Returns what it moved, and what it found there and left: rows of jobs whose ids cannot be right.
 */
export async function makePartitions(db: Db): Promise<{ moved: Stray[]; left: Stray[] }> {
  const strays = (await Promise.all(partitioned.map((table) => findStrays(db, table)))).flat()
  const last = monthAt(new Date(), MOVED_AHEAD)
  const isMovable = ({ month }: Stray) => month >= FIRST_MONTH && month <= last
  const moved = strays.filter(isMovable)
  for (const stray of moved) await moveStrays(db, stray)
  await db.transaction(async (tx) => {
    await shortLocks(tx)
    await tx.execute(sql`
      select ensure_month_partition(parent, now() + ahead * interval '1 month')
      from unnest(string_to_array(${partitioned.join(',')}, ',')) as parent,
        generate_series(0, ${MONTHS_AHEAD}::int) as ahead`)
  })
  return { moved, left: strays.filter((stray) => !isMovable(stray)) }
}

export type Stray = { table: Partitioned; month: Month; rows: number }

async function findStrays(db: Db, table: Partitioned): Promise<Stray[]> {
  const found = await db.execute<{ month: Month; rows: number }>(sql`
    select to_char(to_timestamp(('x' || left(replace(${sql.identifier(rangeOf[table])}::text, '-', ''), 12))::bit(48)::bigint / 1000)
      at time zone 'UTC', 'FMYYYY-MM') as month, count(*)::int as rows
    from ${sql.identifier(`${table}_default`)} group by 1`)
  return found.map((row) => ({ table, ...row }))
}

/** The default partition is locked throughout: a row that came in between would make the attaching fail. */
async function moveStrays(db: Db, { table, month }: Stray): Promise<void> {
  const [parent, child, from] = [table, partitionName(table, month), `${table}_default`].map(sql.identifier)
  const ids = idsOf(month)
  const key = sql.identifier(rangeOf[table])
  await db.transaction(async (tx) => {
    await shortLocks(tx)
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('ensure_month_partition'))`)
    await tx.execute(sql`lock table ${from} in access exclusive mode`)
    await tx.execute(sql`create table ${child} (like ${parent} including all)`)
    const names = await tx.execute<{ name: string }>(sql`
      select attname as name from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`)
    const columns = sql.join(
      names.map(({ name }) => sql.identifier(name)),
      sql`, `,
    )
    await tx.execute(sql`
      with moved as (delete from ${from} where ${key} >= ${ids.from} and ${key} < ${ids.to} returning ${columns})
      insert into ${child} (${columns}) select ${columns} from moved`)
    const bounds = sql.raw(`from ('${ids.from}') to ('${ids.to}')`)
    await tx.execute(sql`alter table ${parent} attach partition ${child} for values ${bounds}`)
  })
}

/** The months older than `before` that have a partition, oldest first. */
export async function oldPartitions(db: Db, before: Month): Promise<Month[]> {
  const rows = await db.execute<{ month: Month }>(sql`
    select distinct replace(right(child.relname, 7), '_', '-') as month
    from pg_inherits i join pg_class child on child.oid = i.inhrelid
    where i.inhparent = any (string_to_array(${partitioned.join(',')}, ',')::regclass[])
      and child.relname ~ '_[0-9]{4}_[0-9]{2}$'`)
  return rows
    .map(({ month }) => month)
    .filter((month) => month < before)
    .sort()
}

/**
 * Takes a month's partitions out of their tables and drops them. In two steps: the tables are wanted for a moment only,
 * and the files are deleted when nobody waits. (DETACH CONCURRENTLY is not to be had beside a default partition.)
 * False when somebody held a table for longer than we wait.
 */
export async function dropPartitions(db: Db, month: Month): Promise<boolean> {
  for (const table of partitioned) {
    const name = partitionName(table, month)
    if (!(await inTime(() => db.transaction((tx) => detach(tx, table, month))))) return false
    // Also what an earlier process had taken out when it was killed.
    const gone = sql.identifier(`removed_${name}`)
    if (
      !(await inTime(() =>
        db.transaction((tx) => shortLocks(tx).then(() => tx.execute(sql`drop table if exists ${gone}`))),
      ))
    ) {
      return false
    }
  }
  return true
}

async function detach(tx: Tx, table: Partitioned, month: Month): Promise<void> {
  const name = partitionName(table, month)
  await shortLocks(tx)
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('ensure_month_partition'))`)
  const [attached] = await tx.execute(sql`
    select 1 from pg_inherits where inhrelid = to_regclass(${name}) and inhparent = ${table}::regclass`)
  if (!attached) return
  if (table === 'events') await tx.delete(eventCounts).where(eq(eventCounts.month, month))
  await tx.execute(sql`alter table ${sql.identifier(table)} detach partition ${sql.identifier(name)}`)
  // Under a name of its own: a month that an operator detached by hand, to keep it, is not ours to drop.
  await tx.execute(sql`alter table ${sql.identifier(name)} rename to ${sql.identifier(`removed_${name}`)}`)
}

async function shortLocks(tx: Tx): Promise<void> {
  await tx.execute(sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`)
}

const LOCK_NOT_AVAILABLE = '55P03'

async function inTime(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step()
    return true
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}

function partitionName(table: Partitioned, month: Month): string {
  return `${table}_${month.replace('-', '_')}`
}
