import { and, desc, isNull, sql } from 'drizzle-orm'
import { findBuiltinAgent } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { workers } from '#lib/db/schema/agents.ts'
import { readShownSettings, type ShownSetting } from './describe.ts'

export type WorkerLine = {
  id: string
  host: string
  pid: number
  startedAt: string
  heartbeatAt: string
  away: boolean
  slots: number
  busySlots: number
  rcloneVersion: string
  rclonePath: string
  diskFree: number | null
}

export type SettingsView = {
  variables: ShownSetting[]
  postgres: string
  node: string
  workers: WorkerLine[]
  folders: {
    roots: string[]
    /** Set by FILE_ORBIT_LOCAL_ROOTS, which decides at each start: not to be changed on a page. */
    byEnvironment: boolean
  }
  /** Whole months before this one; 0 for ever; null when only the workers know. */
  keepMonths: number | null
}

const WORKERS_SHOWN = 50

/** How this File Orbit is set up. Owners only: it names folders, hosts and processes. */
export async function readSettings({
  ctx,
  env,
}: {
  ctx: Context
  env: Record<string, string | undefined>
}): Promise<SettingsView> {
  requireRole(ctx.actor, 'owner')
  const [agent, rows, [version]] = await Promise.all([
    findBuiltinAgent(ctx.db),
    ctx.db
      .select({
        worker: workers,
        away: sql<boolean>`${workers.heartbeatAt} < now() - interval '15 seconds'`,
      })
      .from(workers)
      .where(and(isNull(workers.stoppedAt), sql`${workers.heartbeatAt} > now() - interval '1 day'`))
      .orderBy(desc(workers.heartbeatAt))
      .limit(WORKERS_SHOWN),
    ctx.db.execute<{ server_version: string }>(sql`show server_version`),
  ])
  const variables = readShownSettings(env)
  const keepMonths = variables.find(({ name }) => name === 'FILE_ORBIT_KEEP_MONTHS')?.value ?? null
  return {
    variables,
    keepMonths: keepMonths === null ? null : Number(keepMonths),
    postgres: version!.server_version,
    node: process.version.slice(1),
    workers: rows.map(({ worker, away }) => ({
      id: worker.id,
      host: worker.host,
      pid: worker.pid,
      startedAt: worker.startedAt.toISOString(),
      heartbeatAt: worker.heartbeatAt.toISOString(),
      away,
      slots: worker.slots,
      busySlots: worker.busySlots,
      rcloneVersion: worker.rcloneVersion,
      rclonePath: worker.rclonePath,
      diskFree: worker.diskFree,
    })),
    folders: {
      roots: agent?.roots ?? [],
      byEnvironment: variables.some(({ name, set }) => name === 'FILE_ORBIT_LOCAL_ROOTS' && set),
    },
  }
}
