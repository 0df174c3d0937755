import { inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { contains } from '#lib/db/contains.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { type JobFilter, newestJobIds } from './newest-jobs.ts'
import { activeStates, type JobState, terminalStates } from './states.ts'

/** Read through before the index is asked: what hits often fills its page here, in a few milliseconds. */
const NEWEST = 1000
/** Read through at most for one page where the index cannot help: some 50 ms. */
const A_PAGE = 10_000

/**
 * Ids of matching jobs, newest first. `searchedTo` is the job down to which all were found (older ones were not
 * looked at), null when there are no older ones.
 */
export type Found = { ids: string[]; searchedTo: string | null }

/**
 * Searches jobs by text in their paths and their endpoints' names, taken literally, in bounded time. Where the
 * database has pg_trgm the whole history is searched at once; where it has not, or for a text without three plain
 * letters or digits in a row, a page may hold fewer than asked for, or none, and go on.
 */
export async function searchJobIds(db: Db, filter: JobFilter, q: string, limit: number): Promise<Found> {
  const named = await db.select({ id: endpoints.id }).from(endpoints).where(contains(endpoints.name, q))
  const names = named.map(({ id }) => id)
  const paths = sql`(${contains(jobs.sourcePath, q)} or ${contains(jobs.destinationPath, q)})`
  const matches = names.length === 0 ? paths : sql`(${paths} or ${usesOne(names)})`
  const recent = await readThrough(db, filter, matches, NEWEST, limit)
  if (recent.ids.length >= limit || recent.searchedTo === null) return recent
  const older = { ...filter, before: recent.searchedTo }
  const room = limit - recent.ids.length
  const deep = (await mayAskIndex(db, q, filter, names))
    ? await askIndex(db, older, paths, names, room)
    : await readThrough(db, older, matches, A_PAGE, room)
  return { ids: [...recent.ids, ...deep.ids], searchedTo: deep.searchedTo }
}

/** Looks at each of the newest `count` jobs of the filter. */
async function readThrough(
  db: Db,
  filter: JobFilter,
  matches: SQL,
  count: number,
  limit: number,
): Promise<Found> {
  // `offset 0` keeps each lookup one by id: joined freely, PostgreSQL reads the whole table for what matches first.
  const rows = await db.execute<{ id: string; found: boolean }>(sql`
    with candidates as materialized (${newestJobIds(filter, count)}),
    found as (
      select jobs.id
      from candidates cross join lateral (select * from jobs where jobs.id = candidates.id offset 0) as jobs
      where ${matches} order by jobs.id desc limit ${limit})
    select id, true as found from found
    union all
    select (select id from candidates order by id limit 1), false
    where (select count(*) from candidates) = ${count}`)
  return {
    ids: rows.filter((row) => row.found).map((row) => row.id),
    searchedTo: rows.find((row) => !row.found)?.id ?? null,
  }
}

/** Ended jobs by the index, unfinished ones (it does not hold them) by reading, and those of endpoints by theirs. */
async function askIndex(
  db: Db,
  filter: JobFilter,
  paths: SQL,
  names: string[],
  limit: number,
): Promise<Found> {
  const { states, endpointIds, templateId, before, only } = filter
  const asked = (some: readonly JobState[]) => some.filter((state) => states?.includes(state) ?? true)
  const ended = asked(terminalStates)
  const active = asked(activeStates)
  // Materialized: asked for the newest few, PostgreSQL would walk back by id and test every row.
  const byIndex = db.execute<{ id: string }>(sql`
    with found as materialized (
      select jobs.id from jobs
      where jobs.finished_at is not null and ${paths} and ${before ? sql`jobs.id < ${before}::uuid` : sql`true`}
        ${only ? sql`and ${only}` : sql``} ${states ? sql`and ${inArray(jobs.state, ended)}` : sql``}
        ${endpointIds ? sql`and ${usesOne(endpointIds)}` : sql``}
        ${templateId ? sql`and jobs.template_id = ${templateId}::uuid` : sql``})
    select id from found order by id desc limit ${limit}`)
  const [found, unfinished, theirs] = await Promise.all([
    ended.length > 0 ? byIndex : [],
    active.length > 0 ? readThrough(db, { ...filter, states: active }, paths, A_PAGE, limit) : null,
    names.length > 0
      ? db.execute<{ id: string }>(
          newestJobIds({ states, before, only, templateId, endpointIds: endpointIds ?? names }, limit),
        )
      : [],
  ])
  // Beyond what was read of the unfinished ones nothing may be told yet: one of them might belong in between.
  const end = unfinished?.searchedTo ?? null
  const ids = new Set([...found, ...theirs].map(({ id }) => id).concat(unfinished?.ids ?? []))
  const told = [...ids]
    .filter((id) => end === null || id >= end)
    .sort()
    .reverse()
  return { ids: told.slice(0, limit), searchedTo: end }
}

async function mayAskIndex(db: Db, q: string, { endpointIds }: JobFilter, names: string[]): Promise<boolean> {
  // Fewer give no trigram, and letters beyond ASCII none in a database whose locale is C: all rows would be read.
  if (!/[a-z0-9]{3}/i.test(q)) return false
  // Jobs between two endpoints have no index of their own.
  if (endpointIds && names.length > 0 && !endpointIds.every((id) => names.includes(id))) return false
  const [row] = await db.execute<{ there: boolean }>(
    sql`select to_regclass('jobs_search') is not null as there`,
  )
  return row!.there
}

function usesOne(ids: readonly string[]): SQL {
  return or(inArray(jobs.sourceEndpointId, [...ids]), inArray(jobs.destinationEndpointId, [...ids]))!
}
