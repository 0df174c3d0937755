import { builtinAgent } from '#lib/agents/queries.ts'
import { getBackend } from '#lib/backends/read-backends.ts'
import type { Backend } from '#lib/backends/schema.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { FOLDER } from './check-endpoint.ts'
import { listEndpoints } from './queries.ts'
import type { Endpoint } from './schema.ts'

/** What a form for an endpoint of this type is made of. */
export type EndpointForm = {
  backend: Backend
  roots: string[] | null
  /** Endpoints that one of this type may lie over; none for a type that lies over nothing. */
  bases: Endpoint[]
}

/** Reads it; `except` is the endpoint that is changed, which cannot lie over itself. Throws NotFoundError. */
export async function readForm({
  ctx,
  type,
  except,
}: {
  ctx: Context
  type: string
  except?: string
}): Promise<EndpointForm> {
  requireRole(ctx.actor, 'operator')
  const agent = await builtinAgent(ctx.db)
  const backend = type === 'local' ? FOLDER : await getBackend({ ctx, type })
  const page = backend.wraps ? await listEndpoints({ ctx, input: { limit: 200 } }) : { items: [] }
  return {
    backend: { ...backend, options: backend.options.filter(({ refused }) => !refused) },
    roots: agent.roots,
    bases: page.items.filter(({ id }) => id !== except),
  }
}
