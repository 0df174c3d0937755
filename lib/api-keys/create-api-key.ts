import { randomBytes } from 'node:crypto'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import type { Tx } from '#lib/db/client.ts'
import { apiKeys } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { hashOfKey } from './check-api-key.ts'
import { createApiKeySchema, type MadeApiKey } from './schema.ts'

/**
 * Makes an API key. `key` is told this once: only its hash is kept, and a repeated Idempotency-Key is answered
 * with null in its place. Owners and the machine's own console.
 */
export async function createApiKey({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'actor' | 'db' | 'idempotencyKey'>
  input: unknown
}): Promise<MadeApiKey> {
  requireRole(ctx.actor, 'owner')
  const { name, role } = parseInput(createApiKeySchema, input)
  const create = async (tx: Tx): Promise<MadeApiKey> => {
    const key = `fo_${randomBytes(32).toString('base64url')}`
    const [row] = await tx
      .insert(apiKeys)
      .values({ name, role, keyHash: hashOfKey(key), prefix: key.slice(0, 9) })
      .returning()
    const { id, prefix, createdAt } = row!
    await recordAudit(tx, ctx.actor, { action: 'api_key.create', subjectId: id, detail: { name, role } })
    return {
      ...{ id, name, role, prefix, createdBy: ctx.actor.label },
      createdAt: createdAt.toISOString(),
      lastUsedAt: null,
      key,
    }
  }
  return createOnce(ctx, 'createApiKey', { name, role }, create, (made) => ({ ...made, key: null }))
}
