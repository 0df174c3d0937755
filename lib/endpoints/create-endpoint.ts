import { builtinAgent } from '#lib/agents/queries.ts'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { parseInput } from '#lib/parse.ts'
import { refuseOutsideRoots } from './inside-roots.ts'
import { toEndpoint } from './queries.ts'
import { createEndpointSchema, type Endpoint } from './schema.ts'
import { refuseTakenName } from './taken-name.ts'

/** Makes an endpoint. Whether its storage answers is asked by the test, not here. */
export async function createEndpoint({ ctx, input }: { ctx: Context; input: unknown }): Promise<Endpoint> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(createEndpointSchema, input)
  return createOnce(ctx, 'createEndpoint', values, async (tx) => {
    const agent = await builtinAgent(tx)
    refuseOutsideRoots(values.path, agent.roots)
    const [row] = await refuseTakenName(
      tx
        .insert(endpoints)
        .values({ ...values, agentId: agent.id })
        .returning(),
    )
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.create',
      subjectId: row!.id,
      detail: { name: values.name, type: values.type, path: values.path },
    })
    return toEndpoint({ endpoint: row!, agent })
  })
}
