import { and, asc, eq, lt, sql } from 'drizzle-orm'
import { type Ask, type Context, requireAgent } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { type QuestionKind, questions } from '#lib/db/schema/agents.ts'
import { UnavailableError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import type { LiveHub } from '#lib/live/hub.ts'

/** A dead NFS server can hold a listing for minutes; a person has gone by then. */
const ANSWER_WITHIN_MS = 15_000

/** The web's way to ask: a row and a NOTIFY there, a NOTIFY back, the row read and deleted. */
export function asker(db: Db, hub: LiveHub): Ask {
  return async (agentId, kind, input) => {
    const [asked] = await db
      .insert(questions)
      .values({
        agentId,
        kind,
        input,
        expiresAt: sql`now() + make_interval(secs => ${ANSWER_WITHIN_MS / 1000})`,
      })
      .returning({ id: questions.id })
    const id = asked!.id
    const answered = hub.waitFor('questions', `answer ${id}`, ANSWER_WITHIN_MS)
    await notify(db, 'questions', `ask ${agentId}`)
    await answered
    const [row] = await db.delete(questions).where(eq(questions.id, id)).returning()
    if (row?.state !== 'answered') {
      throw new UnavailableError(
        row?.state === 'taken'
          ? 'The storage did not answer in 15 seconds. Check that it is reachable, then try again.'
          : 'No worker answered in 15 seconds. Check that the worker runs, then try again.',
      )
    }
    return row.answer
  }
}

/** For actors that have nobody to ask: the machine's console, the worker itself. */
export const noOneToAsk: Ask = async () => {
  throw new UnavailableError('Only the web process can put a question to an agent.')
}

export type Question = { id: string; kind: QuestionKind; input: unknown }

/** Takes the questions that wait for an agent; each is given to one worker. */
export async function takeQuestions({
  ctx,
  agentId,
}: {
  ctx: Context
  agentId: string
}): Promise<Question[]> {
  requireAgent(ctx.actor)
  const waiting = ctx.db
    .select({ id: questions.id })
    .from(questions)
    .where(
      and(eq(questions.agentId, agentId), eq(questions.state, 'asked'), sql`${questions.expiresAt} > now()`),
    )
    .orderBy(asc(questions.id))
    .limit(8)
    .for('update', { skipLocked: true })
  return ctx.db
    .update(questions)
    .set({ state: 'taken' })
    .where(sql`${questions.id} in ${waiting}`)
    .returning({ id: questions.id, kind: questions.kind, input: questions.input })
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
