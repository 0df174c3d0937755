import { and, eq, lt, notInArray, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { agents, type SlotProcess, workers } from '#lib/db/schema/agents.ts'
import { attempts } from '#lib/db/schema/jobs.ts'

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
  /** Of the keys that it can open secrets with, the newest first. */
  keyIds?: string[]
}

/** Writes the row of a worker process that just started; its id names the holder of attempts. */
export async function registerWorker({ ctx, facts }: { ctx: Context; facts: WorkerFacts }): Promise<string> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx.insert(workers).values(facts).returning({ id: workers.id })
    if (facts.keyIds) {
      const keyId = facts.keyIds[0] ?? null
      await tx.update(agents).set({ keyId }).where(eq(agents.id, facts.agentId))
    }
    return row!.id
  })
}

/** A machine that was heard this lately may be at work, however little it says now. */
const MACHINE_GONE_AFTER = '1 hour'

/**
 * Says that a worker lives. `alone`: no other machine has a worker, so that nobody out of its reach can be given its
 * attempts; one whose machine cannot be told counts as another.
 */
export async function beat({
  ctx,
  workerId,
  ...health
}: {
  ctx: Context
  workerId: string
  busySlots: number
  diskFree: number | null
  slotProcesses: SlotProcess[]
}): Promise<{ alone: boolean }> {
  requireAgent(ctx.actor)
  const [row] = await ctx.db
    .update(workers)
    .set({ heartbeatAt: sql`now()`, ...health })
    .where(eq(workers.id, workerId))
    .returning({
      alone: sql<boolean>`not exists (
        select from workers o where o.id <> workers.id and o.stopped_at is null
          and o.heartbeat_at > now() - ${MACHINE_GONE_AFTER}::interval
          and (o.machine = workers.machine) is not true)`,
    })
  return { alone: row?.alone ?? false }
}

export async function markStopped({ ctx, workerId }: { ctx: Context; workerId: string }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db.update(workers).set({ stoppedAt: sql`now()`, busySlots: 0 }).where(eq(workers.id, workerId))
}

/** Deletes the rows of processes not heard for a week, unless an attempt still waits to be rescued from one. */
export async function sweepWorkers({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  const holders = ctx.db.select({ id: attempts.workerId }).from(attempts).where(eq(attempts.state, 'running'))
  await ctx.db
    .delete(workers)
    .where(and(lt(workers.heartbeatAt, sql`now() - interval '7 days'`), notInArray(workers.id, holders)))
}
