import { asc, isNull } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import { builtinAgent } from '#lib/agents/queries.ts'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { referencesOf } from '#lib/endpoints/references.ts'
import { storedPlace } from '#lib/endpoints/sides.ts'
import { ForbiddenError, InvalidError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { newKeyText, parseKeyRing, publicText } from '#lib/secrets/keys.ts'
import { open } from '#lib/secrets/seal.ts'
import { confirmPerson } from '#lib/users/confirm-person.ts'
import { configSecret, type WriteConfigAnswer, writeConfigAnswerSchema } from './protocol.ts'

const exportSchema = z.strictObject({
  password: z.string().max(1024).default(''),
  ids: z.array(z.uuid()).max(2000).optional(),
})

export type Exported = { text: string } & Pick<WriteConfigAnswer, 'written' | 'leftOut'>

/**
 * All endpoints, or those of `ids` with what they lie over, as an rclone.conf with their secrets. Owners only, each
 * asked for their password right then; API keys are refused, which may lie in scripts for years. The agent opens the
 * secrets and seals the text to a key that lives for this one answer.
 */
export async function exportEndpoints({
  ctx,
  input,
  sessionId,
  address,
}: {
  ctx: Pick<Context, 'actor' | 'db' | 'ask'>
  input: unknown
  /** Of the sign-in that asks. */
  sessionId: string | null
  /** Where it comes from: wrong passwords are slowed as at the sign-in. */
  address: string | null
}): Promise<Exported> {
  requireRole(ctx.actor, 'owner')
  if (ctx.actor.type === 'apiKey') {
    throw new ForbiddenError(
      'An API key cannot export secrets. Sign in as an owner and export on the Endpoints page, or run ' +
        '`file-orbit endpoints export` on the machine itself.',
    )
  }
  const { password, ids } = parseInput(exportSchema, input)
  if (ctx.actor.type === 'user') await confirmPerson({ ctx, password, sessionId, address })
  const agent = await builtinAgent(ctx.db)
  const all = await ctx.db
    .select()
    .from(endpoints)
    .where(isNull(endpoints.deletedAt))
    .orderBy(asc(endpoints.name))
  const wanted = ids ? withWrapped(all, ids) : all
  if (wanted.length === 0) throw new InvalidError('There is no endpoint to export.')
  const row = v7()
  const ring = parseKeyRing(newKeyText())
  const answer = writeConfigAnswerSchema.parse(
    await ctx.ask(agent.id, 'writeConfig', {
      row,
      publicKey: publicText(ring[0].public),
      endpoints: wanted.map((one) => ({ ...storedPlace(one), name: one.name, limits: one.limits })),
    }),
  )
  const text = await open(ring, configSecret(row, 'answer'), answer.sealed)
  const { written, leftOut } = answer
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx.actor, { action: 'endpoint.export', detail: { written, leftOut } }),
  )
  return { text, written, leftOut }
}

type Row = typeof endpoints.$inferSelect

function withWrapped(all: Row[], ids: readonly string[]): Row[] {
  const wanted = new Set(ids)
  for (const id of wanted) {
    const row = all.find((one) => one.id === id)
    for (const below of row ? referencesOf(row.settings) : []) wanted.add(below)
  }
  return all.filter(({ id }) => wanted.has(id))
}
