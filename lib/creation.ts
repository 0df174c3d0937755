import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { idempotencyKeys } from '#lib/db/schema/audit.ts'
import { ConflictError, InvalidError } from '#lib/errors.ts'

/**
 * Runs a creation in one transaction, once for each Idempotency-Key of an actor: a repetition is given the
 * first answer and writes nothing; the same key with another body is refused. A repetition that arrives while
 * the first still runs waits for it (the unique key makes it). `kept` takes out of the answer what is told once
 * only: the repetition is answered without it, for a secret must not lie in the table of keys.
 */
export async function createOnce<T>(
  ctx: Pick<Context, 'actor' | 'db' | 'idempotencyKey'>,
  verb: string,
  input: unknown,
  create: (tx: Tx) => Promise<T>,
  kept: (answer: T) => T = (answer) => answer,
): Promise<T> {
  const key = ctx.idempotencyKey
  if (key === undefined) return ctx.db.transaction(create)
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new InvalidError('An Idempotency-Key is 1 to 200 visible ASCII characters, such as a UUID.')
  }
  const requestHash = createHash('sha256')
    .update(JSON.stringify([verb, input]))
    .digest('hex')
  return ctx.db.transaction(async (tx) => {
    const mine = await tx
      .insert(idempotencyKeys)
      .values({ actorId: ctx.actor.id, key, verb, requestHash })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key })
    const row = and(eq(idempotencyKeys.actorId, ctx.actor.id), eq(idempotencyKeys.key, key))
    if (mine.length === 0) {
      const [earlier] = await tx.select().from(idempotencyKeys).where(row)
      if (!earlier)
        throw new ConflictError('The request with this Idempotency-Key just failed. Send it again.')
      if (earlier.requestHash !== requestHash) {
        throw new ConflictError('This Idempotency-Key was used for another request. Use a new one.')
      }
      return earlier.answer as T
    }
    const answer = await create(tx)
    await tx
      .update(idempotencyKeys)
      .set({ answer: kept(answer) })
      .where(row)
    return answer
  })
}
