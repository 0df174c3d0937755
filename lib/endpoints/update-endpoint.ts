import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { refuseTaken } from '#lib/db/taken.ts'
import { ConflictError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { beginAnew, haveOthersFrom, lockTemplatesFrom } from '#lib/templates/begin-anew.ts'
import { checkEndpoint } from './check-endpoint.ts'
import type { Checked } from './check-settings.ts'
import { refuseUnknownHostKey } from './host-keys.ts'
import { findEndpointRow, toEndpoint } from './queries.ts'
import { type Endpoint, NAME_TAKEN, patchEndpointSchema } from './schema.ts'
import { sealSettings } from './seal-settings.ts'
import { storedPlace } from './sides.ts'
import { finishSignIn } from './sign-in.ts'
import { leadsElsewhere } from './where.ts'

/**
 * Changes what is given; attempts that run keep what they began with. Where it leads to another place from then on, the
 * templates that take from it begin anew, as with another source of their own.
 */
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
  const { endpoint, agent } = await findEndpointRow(ctx.db, id)
  const { settings: given, path: newPath, signIn: state, ...rest } = change
  const placed = given !== undefined || newPath !== undefined || state !== undefined
  const { type } = endpoint
  const signed = state ? await finishSignIn(ctx, endpoint.agentId, { type, row: id, state }) : null
  const stays = Object.keys(endpoint.secrets).filter((name) => !(name in (signed?.secrets ?? {})))
  const checked =
    placed &&
    (await checkEndpoint(
      ctx.db,
      agent,
      { type, path: newPath ?? endpoint.path, settings: { ...signed?.settings, ...given } },
      { id, settings: endpoint.settings, secrets: stays },
    ))
  // The host or port may have changed, and with it the server.
  if (checked) await refuseUnknownHostKey(ctx, agent.id, type, checked.settings)
  const fresh = checked ? { ...(await sealSettings(ctx, id, checked.secrets)), ...signed?.secrets } : {}
  const isElsewhere =
    checked !== false &&
    leadsElsewhere(storedPlace(endpoint), {
      ...storedPlace(endpoint),
      root: checked.path,
      settings: checked.settings,
    })
  return ctx.db.transaction(async (tx) => {
    const fed = isElsewhere ? await lockTemplatesFrom(tx, id) : []
    // Locked: a token kept meanwhile, or a secret sealed anew to another key, must not be put back.
    await tx.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.id, id)).for('update')
    const { endpoint: now } = await findEndpointRow(tx, id)
    const isOvertaken = placed && now.updatedAt.getTime() !== endpoint.updatedAt.getTime()
    if (isOvertaken || (isElsewhere && (await haveOthersFrom(tx, id, fed)))) {
      throw new ConflictError('Somebody else changed this endpoint just now. Look at it again, then save.')
    }
    const [row] = await refuseTaken(
      NAME_TAKEN,
      tx
        .update(endpoints)
        .set({ ...rest, ...(checked && storedFrom(checked, now.secrets, fresh)), updatedAt: sql`now()` })
        .where(eq(endpoints.id, id))
        .returning(),
    )
    await beginAnew(tx, fed)
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.update',
      subjectId: id,
      detail: {
        ...rest,
        ...(checked && {
          path: checked.path,
          settings: checked.settings,
          newSecrets: Object.keys(fresh),
        }),
      },
    })
    return toEndpoint({ endpoint: row!, agent })
  })
}

function storedFrom(
  { path, settings, kept }: Checked,
  now: Record<string, string>,
  fresh: Record<string, string>,
) {
  const stays = Object.fromEntries(kept.flatMap((name) => (now[name] ? [[name, now[name]]] : [])))
  return { path, settings, secrets: { ...stays, ...fresh } }
}
