import { builtinAgent } from '#lib/agents/queries.ts'
import { getBackend } from '#lib/backends/read-backends.ts'
import type { Backend } from '#lib/backends/schema.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { FOLDER } from './check-endpoint.ts'
import { type EndpointChoice, endpointChoices } from './endpoint-choices.ts'
import { referencesIn } from './references.ts'
import type { Endpoint } from './schema.ts'

/** What a form for an endpoint of this type is made of. */
export type EndpointForm = {
  backend: Backend
  roots: string[] | null
  /** Endpoints that one of this type may lie over; none for a type that lies over nothing. */
  bases: EndpointChoice[]
}

/** Reads it; `changed` is the endpoint that it is for, which cannot lie over itself. Throws NotFoundError. */
export async function readForm({
  ctx,
  type,
  changed,
}: {
  ctx: Context
  type: string
  changed?: Endpoint
}): Promise<EndpointForm> {
  requireRole(ctx.actor, 'operator')
  const agent = await builtinAgent(ctx.db)
  const backend = type === 'local' ? FOLDER : await getBackend({ ctx, type })
  const under = Object.values(changed?.settings ?? {}).flatMap((value) =>
    typeof value === 'string' ? referencesIn(value) : [],
  )
  const bases = backend.wraps ? await endpointChoices({ ctx, asked: under }) : []
  return {
    backend: { ...backend, options: backend.options.filter(({ refused }) => !refused) },
    roots: agent.roots,
    bases: bases.filter(({ id }) => id !== changed?.id),
  }
}
