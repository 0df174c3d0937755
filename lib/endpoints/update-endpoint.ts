import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { parseInput } from '#lib/parse.ts'
import { refuseOutsideRoots } from './inside-roots.ts'
import { findEndpointRow, toEndpoint } from './queries.ts'
import { type Endpoint, patchEndpointSchema } from './schema.ts'
import { refuseTakenName } from './taken-name.ts'

/** Changes what is given; attempts that run keep what they began with. */
export async function updateEndpoint({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Endpoint> {
  requireRole(ctx.actor, 'operator')
  const change = parseInput(patchEndpointSchema, input)
  return ctx.db.transaction(async (tx) => {
    const { agent } = await findEndpointRow(tx, id)
    if (change.path !== undefined) refuseOutsideRoots(change.path, agent.roots)
    const [row] = await refuseTakenName(
      tx
        .update(endpoints)
        .set({ ...change, updatedAt: sql`now()` })
        .where(eq(endpoints.id, id))
        .returning(),
    )
    await recordAudit(tx, ctx.actor, { action: 'endpoint.update', subjectId: id, detail: change })
    return toEndpoint({ endpoint: row!, agent })
  })
}
