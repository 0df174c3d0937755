import { eq, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { agents, type ProcessMark, workers } from '#lib/db/schema/agents.ts'

export const BUILTIN_AGENT_NAME = 'this machine'

/** The control plane's own agent, made on its worker's first start. `roots` from the settings win over stored ones. */
export async function ensureBuiltinAgent(
  db: Db,
  roots: string[] | undefined,
): Promise<typeof agents.$inferSelect> {
  const [agent] = await db
    .insert(agents)
    .values({ name: BUILTIN_AGENT_NAME, kind: 'builtin', roots: roots ?? null })
    .onConflictDoUpdate({
      target: agents.kind,
      targetWhere: sql`${agents.kind} = 'builtin'`,
      set: { roots: roots ?? sql`${agents.roots}` },
    })
    .returning()
  return agent!
}

export type WorkerFacts = {
  agentId: string
  host: string
  pid: number
  /** With its start: lets others of the same machine see that the process has ended. */
  machine?: string | null
  processStartedAt?: string | null
  rcloneVersion: string
  rclonePath: string
  slots: number
}

/** Writes the row of a worker process that just started; its id names the holder of attempts. */
export async function registerWorker({ ctx, facts }: { ctx: Context; facts: WorkerFacts }): Promise<string> {
  requireAgent(ctx.actor)
  const [row] = await ctx.db.insert(workers).values(facts).returning({ id: workers.id })
  return row!.id
}

export async function beat({
  ctx,
  workerId,
  ...health
}: {
  ctx: Context
  workerId: string
  busySlots: number
  diskFree: number | null
  slotProcesses: ProcessMark[]
}): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db
    .update(workers)
    .set({ heartbeatAt: sql`now()`, ...health })
    .where(eq(workers.id, workerId))
}

export async function markStopped({ ctx, workerId }: { ctx: Context; workerId: string }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db.update(workers).set({ stoppedAt: sql`now()`, busySlots: 0 }).where(eq(workers.id, workerId))
}
