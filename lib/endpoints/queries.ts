import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import { isAlwaysSecret } from '#lib/backends/option-rules.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { contains } from '#lib/db/contains.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { NotFoundError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { type Endpoint, listEndpointsSchema } from './schema.ts'
import { isSecretReference } from './secret-references.ts'

type Row = { endpoint: typeof endpoints.$inferSelect; agent: typeof agents.$inferSelect }

export function toEndpoint({ endpoint, agent }: Row): Endpoint {
  return {
    id: endpoint.id,
    name: endpoint.name,
    type: endpoint.type,
    path: endpoint.path,
    settings: shownSettings(endpoint),
    limits: endpoint.limits,
    agent: { id: agent.id, name: agent.name },
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  }
}

/** Secrets only as set, those of older rows too that lie in clear; a reference says where the agent reads it, which is no secret. */
function shownSettings({ settings, secrets }: Row['endpoint']): Endpoint['settings'] {
  const shown = Object.entries(settings).map(([name, value]) => {
    if (isSecretReference(value)) return [name, { set: true as const, reference: value }] as const
    return [name, isAlwaysSecret(name) ? { set: true as const } : value] as const
  })
  const sealed = Object.keys(secrets).map((name) => [name, { set: true as const }] as const)
  return Object.fromEntries([...shown, ...sealed])
}

/** An endpoint that is not deleted, with its agent; throws NotFoundError. */
export async function findEndpointRow(db: Db | Tx, id: string): Promise<Row> {
  const [row] = await db
    .select({ endpoint: endpoints, agent: agents })
    .from(endpoints)
    .innerJoin(agents, eq(agents.id, endpoints.agentId))
    .where(and(eq(endpoints.id, id), isNull(endpoints.deletedAt)))
  if (!row) throw new NotFoundError('There is no such endpoint; it may have been deleted.')
  return row
}

export async function getEndpoint({ ctx, id }: { ctx: Context; id: string }): Promise<Endpoint> {
  requireRole(ctx.actor, 'viewer')
  return toEndpoint(await findEndpointRow(ctx.db, id))
}

/** Endpoints by name. */
export async function listEndpoints({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<Endpoint>> {
  requireRole(ctx.actor, 'viewer')
  const { q, cursor, limit } = parseInput(listEndpointsSchema, input)
  // The database's own lower(): another's would skip or repeat names at the border of a page.
  const name = sql<string>`lower(${endpoints.name})`
  const rows = await ctx.db
    .select({ endpoint: endpoints, agent: agents, name })
    .from(endpoints)
    .innerJoin(agents, eq(agents.id, endpoints.agentId))
    .where(
      and(
        isNull(endpoints.deletedAt),
        q ? contains(endpoints.name, q) : undefined,
        cursor ? gt(name, decodeCursor(cursor, ['text'])[0]!) : undefined,
      ),
    )
    .orderBy(asc(name))
    .limit(limit + 1)
  return pageOf(rows, limit, (row) => [row.name], toEndpoint)
}

/** How many endpoints there are, counted to a bound. */
export async function countEndpoints({ ctx }: { ctx: Context }): Promise<number> {
  requireRole(ctx.actor, 'viewer')
  const rows = await ctx.db
    .select({ id: endpoints.id })
    .from(endpoints)
    .where(isNull(endpoints.deletedAt))
    .limit(1000)
  return rows.length
}
