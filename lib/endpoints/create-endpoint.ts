import { v7 } from 'uuid'
import { builtinAgent } from '#lib/agents/queries.ts'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { refuseTaken } from '#lib/db/taken.ts'
import { parseInput } from '#lib/parse.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { refuseUnknownHostKey } from './host-keys.ts'
import { toEndpoint } from './queries.ts'
import { createEndpointSchema, type Endpoint, NAME_TAKEN } from './schema.ts'
import { sealSettings, withoutSecrets } from './seal-settings.ts'
import { finishSignIn } from './sign-in.ts'

/**
 * Makes an endpoint. Whether its storage answers is asked by the test, not here; but an SSH server's host key must be
 * known before a password is ever sent to it.
 */
export async function createEndpoint({ ctx, input }: { ctx: Context; input: unknown }): Promise<Endpoint> {
  requireRole(ctx.actor, 'operator')
  const { signIn: state, ...values } = parseInput(createEndpointSchema, input)
  const agent = await builtinAgent(ctx.db)
  const id = v7()
  const signed = state ? await finishSignIn(ctx, agent.id, { type: values.type, row: id, state }) : null
  const given = { ...values, settings: { ...signed?.settings, ...values.settings } }
  const checked = await checkEndpoint(ctx.db, agent, given)
  await refuseUnknownHostKey(ctx, agent.id, values.type, checked.settings)
  const secrets = { ...(await sealSettings(ctx, id, checked.secrets)), ...signed?.secrets }
  return createOnce(ctx, 'createEndpoint', withoutSecrets(values, secrets), async (tx) => {
    const { path, settings } = checked
    const [row] = await refuseTaken(
      NAME_TAKEN,
      tx
        .insert(endpoints)
        .values({ ...values, id, path, settings, secrets, agentId: agent.id })
        .returning(),
    )
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.create',
      subjectId: id,
      detail: { name: values.name, type: values.type, path, settings, secrets: Object.keys(secrets) },
    })
    return toEndpoint({ endpoint: row!, agent })
  })
}
