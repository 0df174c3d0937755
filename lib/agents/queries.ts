import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'
import { agents, workers } from '#lib/db/schema/agents.ts'
import { UnavailableError } from '#lib/errors.ts'

export type Agent = typeof agents.$inferSelect

/** The control plane's own agent, or null before its first start. */
export async function findBuiltinAgent(db: Db | Tx): Promise<Agent | null> {
  const [agent] = await db.select().from(agents).where(eq(agents.kind, 'builtin'))
  return agent ?? null
}

/** The agent that endpoints belong to unless another is named. Throws UnavailableError before its first start. */
export async function builtinAgent(db: Db | Tx): Promise<Agent> {
  const agent = await findBuiltinAgent(db)
  if (!agent) throw new UnavailableError('The worker has not started yet. Try again in a few seconds.')
  return agent
}

/** Seconds without a heartbeat after which a worker counts as away; it beats every 5 s. */
export const AWAY_AFTER_SECONDS = 15

export type WorkerHealth = typeof workers.$inferSelect & { away: boolean }

/** The worker heard last, or null when none ever started. */
export async function latestWorker(db: Db): Promise<WorkerHealth | null> {
  const [row] = await db
    .select({
      worker: workers,
      away: sql<boolean>`${workers.heartbeatAt} < now() - make_interval(secs => ${AWAY_AFTER_SECONDS})`,
    })
    .from(workers)
    .where(and(isNull(workers.stoppedAt)))
    .orderBy(desc(workers.heartbeatAt))
    .limit(1)
  return row ? { ...row.worker, away: row.away } : null
}
