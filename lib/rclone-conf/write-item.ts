import { eq, sql } from 'drizzle-orm'
import type { Agent } from '#lib/agents/queries.ts'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { refuseTaken } from '#lib/db/taken.ts'
import { checkEndpoint } from '#lib/endpoints/check-endpoint.ts'
import { toEndpoint } from '#lib/endpoints/queries.ts'
import { createEndpointSchema, type Endpoint, NAME_TAKEN } from '#lib/endpoints/schema.ts'
import { sealSettings } from '#lib/endpoints/seal-settings.ts'
import { parseInput } from '#lib/parse.ts'
import type { PlannedItem } from './plan-remotes.ts'

/** Writes one endpoint of an import, checked as if a person had filled in a form. Throws InvalidError. */
export async function writeItem(ctx: Context, tx: Tx, agent: Agent, item: PlannedItem): Promise<Endpoint> {
  const { id, type, limits } = item
  const { name, ...given } = parseInput(createEndpointSchema, {
    ...{ name: item.name, type, limits, path: item.path, settings: item.settings },
  })
  const sealed = Object.keys(item.secrets)
  const checked = await checkEndpoint(tx, agent, { ...given, sealed }, undefined, id)
  const { path, settings } = checked
  const secrets = {
    ...Object.fromEntries(checked.kept.map((option) => [option, item.secrets[option]!])),
    ...(await sealSettings(ctx, id, checked.secrets)),
  }
  const values = { path, settings, secrets, limits: given.limits }
  const write =
    item.action === 'replace'
      ? tx
          .update(endpoints)
          .set({ ...values, updatedAt: sql`now()` })
          .where(eq(endpoints.id, id))
          .returning()
      : tx
          .insert(endpoints)
          .values({ ...values, id, name, type, agentId: agent.id })
          .returning()
  const [row] = await refuseTaken(NAME_TAKEN, write)
  await recordAudit(tx, ctx.actor, {
    action: item.action === 'replace' ? 'endpoint.update' : 'endpoint.create',
    subjectId: id,
    detail: { name, type, path, settings, secrets: Object.keys(secrets), imported: item.remote },
  })
  return toEndpoint({ endpoint: row!, agent })
}
