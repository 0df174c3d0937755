import { eq } from 'drizzle-orm'
import { builtinAgent } from '#lib/agents/queries.ts'
import { type Context, requireAgent, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { agentBackends } from '#lib/db/schema/agents.ts'
import { InvalidError, NotFoundError, UnavailableError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { type Backend, backendSchema, listBackendsSchema } from './schema.ts'

// Half a megabyte that changes with rclone's version alone: read once for each version.
const known = new Map<string, Backend[]>()

/** The storage types of an agent's rclone, by description. Throws UnavailableError before its first worker. */
export async function backendsOf(db: Db | Tx, agentId: string): Promise<Backend[]> {
  const [row] = await db
    .select({ version: agentBackends.version })
    .from(agentBackends)
    .where(eq(agentBackends.agentId, agentId))
  if (!row) throw new UnavailableError('The worker has not started yet. Try again in a few seconds.')
  const key = `${agentId} ${row.version}`
  const found = known.get(key)
  if (found) return found
  const [whole] = await db.select().from(agentBackends).where(eq(agentBackends.agentId, agentId))
  const backends = backendSchema.array().parse(whole?.backends)
  known.set(key, backends)
  return backends
}

/** One type. Throws InvalidError at `type`, with the nearest names, when the agent's rclone has none such. */
export async function backendOf(db: Db | Tx, agentId: string, type: string): Promise<Backend> {
  const backends = await backendsOf(db, agentId)
  const found = backends.find((backend) => backend.type === type)
  if (found) return found
  const near = backends.filter((one) => one.type.includes(type) || type.includes(one.type)).map((b) => b.type)
  const hint = near.length > 0 ? ` Did you mean ${near.slice(0, 3).join(' or ')}?` : ''
  throw InvalidError.at('type', `The agent’s rclone has no storage type "${type.slice(0, 60)}".${hint}`)
}

/** What REST and pages show: the types of the built-in agent, by description. */
export async function listBackends({ ctx, input }: { ctx: Context; input: unknown }): Promise<Page<Backend>> {
  requireRole(ctx.actor, 'viewer')
  const { cursor, limit } = parseInput(listBackendsSchema, input)
  const agent = await builtinAgent(ctx.db)
  const all = await backendsOf(ctx.db, agent.id)
  const after = cursor ? decodeCursor(cursor, ['text'])[0] : null
  const from = all.findIndex(({ type }) => type === after) + 1
  return pageOf(
    all.slice(from, from + limit + 1),
    limit,
    ({ type }) => [type],
    (backend) => backend,
  )
}

export async function getBackend({ ctx, type }: { ctx: Context; type: string }): Promise<Backend> {
  requireRole(ctx.actor, 'viewer')
  const agent = await builtinAgent(ctx.db)
  const found = (await backendsOf(ctx.db, agent.id)).find((backend) => backend.type === type)
  if (!found) throw new NotFoundError('The agent’s rclone has no such storage type.')
  return found
}

/** Kept by a worker at its start; unchanged ones cost one small read. */
export async function keepBackends({
  ctx,
  agentId,
  version,
  backends,
}: {
  ctx: Context
  agentId: string
  version: string
  backends: Backend[]
}): Promise<void> {
  requireAgent(ctx.actor)
  const [row] = await ctx.db
    .select({ version: agentBackends.version })
    .from(agentBackends)
    .where(eq(agentBackends.agentId, agentId))
  if (row?.version === version) return
  await ctx.db
    .insert(agentBackends)
    .values({ agentId, version, backends })
    .onConflictDoUpdate({ target: agentBackends.agentId, set: { version, backends } })
}
