import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { idempotencyKeys } from '#lib/db/schema/audit.ts'
import { ConflictError, InvalidError } from '#lib/errors.ts'

type Creator = Pick<Context, 'actor' | 'db' | 'idempotencyKey'>

/**
 * Runs a creation in one transaction, once for each Idempotency-Key of an actor: a repetition is given the
 * first answer and writes nothing; the same key with another body is refused. A repetition that arrives while
 * the first still runs waits for it (the unique key makes it). `kept` takes out of the answer what is told once
 * only: the repetition is answered without it, for a secret must not lie in the table of keys.
 */
export async function createOnce<T>(
  ctx: Creator,
  verb: string,
  input: unknown,
  create: (tx: Tx) => Promise<T>,
  kept: (answer: T) => T = (answer) => answer,
): Promise<T> {
  const asked = askedOnce(ctx, verb, input)
  if (!asked) return ctx.db.transaction(create)
  return ctx.db.transaction(async (tx) => {
    const mine = await tx
      .insert(idempotencyKeys)
      .values(asked)
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key })
    if (mine.length === 0) {
      const earlier = await earlierAnswer<T>(tx, asked)
      if (earlier) return earlier.answer
      throw new ConflictError('The request with this Idempotency-Key just failed. Send it again.')
    }
    const answer = await create(tx)
    await tx
      .update(idempotencyKeys)
      .set({ answer: kept(answer) })
      .where(rowOf(asked))
    return answer
  })
}

/**
 * The same for what is made elsewhere, which no transaction holds together and nobody may wait for with one open: the
 * answer is kept once it is there. A repetition that arrives while the first still runs is not held back.
 */
export async function createElsewhereOnce<T>(
  ctx: Creator,
  verb: string,
  input: unknown,
  create: () => Promise<T>,
): Promise<T> {
  const asked = askedOnce(ctx, verb, input)
  const earlier = asked && (await earlierAnswer<T>(ctx.db, asked))
  if (earlier) return earlier.answer
  const answer = await create()
  if (asked)
    await ctx.db
      .insert(idempotencyKeys)
      .values({ ...asked, answer })
      .onConflictDoNothing()
  return answer
}

type Asked = { actorId: string; key: string; verb: string; requestHash: string }

/** Null without a key. Throws InvalidError for one that is none. */
function askedOnce({ actor, idempotencyKey: key }: Creator, verb: string, input: unknown): Asked | null {
  if (key === undefined) return null
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new InvalidError('An Idempotency-Key is 1 to 200 visible ASCII characters, such as a UUID.')
  }
  const requestHash = createHash('sha256')
    .update(JSON.stringify([verb, input]))
    .digest('hex')
  return { actorId: actor.id, key, verb, requestHash }
}

/** Throws ConflictError where the key was used for something else. */
async function earlierAnswer<T>(db: Db | Tx, asked: Asked): Promise<{ answer: T } | null> {
  const [earlier] = await db.select().from(idempotencyKeys).where(rowOf(asked))
  if (!earlier) return null
  if (earlier.requestHash !== asked.requestHash) {
    throw new ConflictError('This Idempotency-Key was used for another request. Use a new one.')
  }
  return { answer: earlier.answer as T }
}

function rowOf({ actorId, key }: Asked) {
  return and(eq(idempotencyKeys.actorId, actorId), eq(idempotencyKeys.key, key))
}
