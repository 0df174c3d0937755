import { randomBytes } from 'node:crypto'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { apiKeys, type Role } from '#lib/db/schema/users.ts'
import { parseInput } from '#lib/parse.ts'
import { createApiKeySchema } from '#lib/users/schema.ts'
import { hashOfKey } from './check-api-key.ts'

/** Makes an API key. `key` is shown this once: only its hash is kept. Owners and the machine's own console. */
export async function createApiKey({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  input: unknown
}): Promise<{ id: string; name: string; role: Role; key: string }> {
  requireRole(ctx.actor, 'owner')
  const { name, role } = parseInput(createApiKeySchema, input)
  const key = `fo_${randomBytes(32).toString('base64url')}`
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(apiKeys)
      .values({ name, role, keyHash: hashOfKey(key), prefix: key.slice(0, 9) })
      .returning({ id: apiKeys.id })
    await recordAudit(tx, ctx.actor, { action: 'api_key.create', subjectId: row!.id, detail: { name, role } })
    return { id: row!.id, name, role, key }
  })
}
