import { and, asc, eq, lt, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { type Ask, type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { type QuestionKind, questions } from '#lib/db/schema/agents.ts'
import { UnavailableError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import type { LiveHub } from '#lib/live/hub.ts'

/** A dead NFS server can hold a listing for minutes; a person has gone by then. */
const ANSWER_WITHIN_MS = 15_000
/** What changes a storage may take longer; below the half minute in which a request of the API must be answered. */
const DEED_WITHIN_MS = 25_000

/** The web's way to ask: a row and a NOTIFY there, a NOTIFY back, the row read and deleted. */
export function asker(db: Db, hub: LiveHub): Ask {
  return async (agentId, kind, input) => {
    // Or the answer might come before anybody listens for it.
    await hub.start()
    const withinMs = kind === 'fileDeed' ? DEED_WITHIN_MS : ANSWER_WITHIN_MS
    // From before the row is there: a worker that is at another question takes it without having been told.
    const id = v7()
    const answered = hub.waitFor('questions', `answer ${id}`, withinMs)
    await db.insert(questions).values({
      ...{ id, agentId, kind, input },
      expiresAt: sql`now() + make_interval(secs => ${withinMs / 1000})`,
    })
    await notify(db, 'questions', `ask ${agentId}`)
    await answered
    const [row] = await db.delete(questions).where(eq(questions.id, id)).returning()
    if (row?.state !== 'answered') {
      const seconds = withinMs / 1000
      throw new UnavailableError(
        row?.state !== 'taken'
          ? `No worker answered in ${seconds} seconds. Check that the worker runs, then try again.`
          : kind === 'fileDeed'
            ? `The storage is not done after ${seconds} seconds and may go on by itself. Look at the folder again before you repeat it.`
            : `The storage did not answer in ${seconds} seconds. Check that it is reachable, then try again.`,
      )
    }
    return row.answer
  }
}

/** For actors that have nobody to ask: the machine's console, the worker itself. */
export const noOneToAsk: Ask = async () => {
  throw new UnavailableError('Only the web process can put a question to an agent.')
}

export type Question = {
  id: string
  kind: QuestionKind
  input: unknown
  /** How long somebody waits for its answer yet. */
  remainingMs: number
}

/**
 * Takes the oldest question that waits for an agent, or null; each is given to one worker. `notAt`: not one about a
 * place that these name (type, row and root). Whoever takes one begins with it at once.
 */
export async function takeQuestion({
  ctx,
  agentId,
  notAt = [],
}: {
  ctx: Context
  agentId: string
  notAt?: string[]
}): Promise<Question | null> {
  requireAgent(ctx.actor)
  const waiting = ctx.db
    .select({ id: questions.id })
    .from(questions)
    .where(
      and(
        eq(questions.agentId, agentId),
        eq(questions.state, 'asked'),
        sql`${questions.expiresAt} > now()`,
        sql`not coalesce(${JSON.stringify(notAt)}::jsonb ? concat_ws(' ', ${questions.input} ->> 'type',
          ${questions.input} ->> 'row', ${questions.input} ->> 'root', ${questions.input} ->> 'host'), false)`,
      ),
    )
    .orderBy(asc(questions.id))
    .limit(1)
    .for('update', { skipLocked: true })
  const [taken] = await ctx.db
    .update(questions)
    .set({ state: 'taken' })
    .where(sql`${questions.id} in ${waiting}`)
    .returning({
      ...{ id: questions.id, kind: questions.kind, input: questions.input },
      remainingMs: sql<number>`(extract(epoch from ${questions.expiresAt} - now()) * 1000)::int`,
    })
  return taken ?? null
}

export async function answerQuestion({
  ctx,
  id,
  answer,
}: {
  ctx: Context
  id: string
  answer: unknown
}): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db.transaction(async (tx) => {
    await tx.update(questions).set({ state: 'answered', answer }).where(eq(questions.id, id))
    await notify(tx, 'questions', `answer ${id}`)
  })
}

/** Deletes what nobody waits for any more (the asker ended). */
export async function sweepQuestions({ ctx }: { ctx: Context }): Promise<void> {
  requireAgent(ctx.actor)
  await ctx.db.delete(questions).where(lt(questions.expiresAt, sql`now() - interval '1 minute'`))
}
