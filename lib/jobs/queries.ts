import { aliasedTable, desc, eq, inArray, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates } from '#lib/db/schema/templates.ts'
import { parseInput } from '#lib/parse.ts'
import { noSuchJob } from '#lib/retention/no-such-job.ts'
import { narrowing } from './job-conditions.ts'
import { oneJob } from './job-templates.ts'
import { newestJobIds } from './newest-jobs.ts'
import { type Job, listJobsSchema } from './schema.ts'
import { searchJobIds } from './search-jobs.ts'
import { toJob } from './to-job.ts'
import type { JobRow } from './transition.ts'

/** The row itself, for verbs; throws NotFoundError, or says that it was removed with its month. */
export async function findJobRow(db: Db | Tx, id: string): Promise<JobRow> {
  const [row] = await db.select().from(jobs).where(eq(jobs.id, id))
  if (!row) throw await noSuchJob(db, id)
  return row
}

/** The row, locked until the transaction ends, so that what follows decides on its state as it is. */
export async function lockJobRow(tx: Tx, id: string): Promise<JobRow> {
  const [row] = await tx.select().from(jobs).where(eq(jobs.id, id)).for('update')
  if (!row) throw await noSuchJob(tx, id)
  return row
}

export async function getJob({ ctx, id }: { ctx: Context; id: string }): Promise<Job> {
  requireRole(ctx.actor, 'viewer')
  return oneJob(ctx.db, await findJobRow(ctx.db, id))
}

export type Side = { id: string; name: string; type: string; root: string; deleted: boolean; path: string }

/** `path` below an endpoint as pages show it. */
export function sideOf(endpoint: typeof endpoints.$inferSelect, path: string): Side {
  const { id, name, type, path: root, deletedAt } = endpoint
  return { id, name, type, root, deleted: deletedAt !== null, path }
}

/** A job with what only pages show: the names of its endpoints and the figures outside the contract. */
export type JobView = {
  job: Job
  source: Side
  destination: Side
  /** Whether its template is gone, so that its name leads nowhere. */
  templateDeleted: boolean
  inFlight: JobRow['inFlight']
  unchangedFiles: number
  failedFiles: number
  skippedFiles: number
  stopRequested: 'cancel' | 'pause' | null
  createdBy: string
}

const source = aliasedTable(endpoints, 'source')
const destination = aliasedTable(endpoints, 'destination')

function viewsOf(db: Db) {
  return db
    .select({ row: jobs, source, destination, template: templates })
    .from(jobs)
    .innerJoin(source, eq(source.id, jobs.sourceEndpointId))
    .innerJoin(destination, eq(destination.id, jobs.destinationEndpointId))
    .leftJoin(templates, eq(templates.id, jobs.templateId))
}

function toView(found: Awaited<ReturnType<typeof viewsOf>>[number]): JobView {
  const { row, template } = found
  return {
    job: toJob(row, template && { id: template.id, name: template.name }),
    source: sideOf(found.source, row.sourcePath),
    destination: sideOf(found.destination, row.destinationPath),
    templateDeleted: template !== null && template.deletedAt !== null,
    inFlight: row.inFlight,
    unchangedFiles: row.unchangedFiles,
    failedFiles: row.failedFiles,
    skippedFiles: row.skippedFiles,
    stopRequested: row.stopRequested,
    createdBy: row.createdBy,
  }
}

export async function getJobView({ ctx, id }: { ctx: Context; id: string }): Promise<JobView> {
  requireRole(ctx.actor, 'viewer')
  const [found] = await viewsOf(ctx.db).where(eq(jobs.id, id))
  if (!found) throw await noSuchJob(ctx.db, id)
  return toView(found)
}

/** The jobs of these ids as pages show them; one that is gone is left out. */
export async function jobViewsByIds(ctx: Context, ids: string[]): Promise<Map<string, JobView>> {
  if (ids.length === 0) return new Map()
  const rows = await viewsOf(ctx.db).where(inArray(jobs.id, ids))
  return new Map(rows.map((found) => [found.row.id, toView(found)]))
}

/**
 * Jobs, newest first. `q` looks in paths and endpoint names; a page of it may be short, even empty, before the end
 * (see search-jobs.ts).
 */
export async function listJobViews({ ctx, input }: { ctx: Context; input: unknown }): Promise<Page<JobView>> {
  requireRole(ctx.actor, 'viewer')
  const { state, endpointId, templateId, q, cursor, limit, ...rest } = parseInput(listJobsSchema, input)
  const filter = {
    states: state && [...new Set(state)],
    endpointIds: endpointId ? [endpointId] : undefined,
    templateId,
    before: cursor ? decodeCursor(cursor, ['id'])[0] : null,
    only: narrowing(rest),
  }
  const found = q ? await searchJobIds(ctx.db, filter, q, limit + 1) : null
  if (found?.ids.length === 0)
    return { items: [], nextCursor: found.searchedTo && encodeCursor([found.searchedTo]) }
  const rows = await viewsOf(ctx.db)
    .where(found ? inArray(jobs.id, found.ids) : sql`${jobs.id} in (${newestJobIds(filter, limit + 1)})`)
    .orderBy(desc(jobs.id))
  const page = pageOf(rows, limit, (one) => [one.row.id], toView)
  return found?.searchedTo && !page.nextCursor
    ? { ...page, nextCursor: encodeCursor([found.searchedTo]) }
    : page
}

export async function listJobs({ ctx, input }: { ctx: Context; input: unknown }): Promise<Page<Job>> {
  const page = await listJobViews({ ctx, input })
  return { items: page.items.map((view) => view.job), nextCursor: page.nextCursor }
}
