import { answerQuestion, noOneToAsk, takeQuestions } from '#lib/agents/questions.ts'
import { beat, ensureBuiltinAgent, markStopped, registerWorker } from '#lib/agents/register-worker.ts'
import type { Context } from '#lib/context.ts'
import type { Database } from '#lib/db/client.ts'
import { claimAttempt } from '#lib/jobs/claim-attempt.ts'
import { endAttempt } from '#lib/jobs/end-attempt.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { LiveHub } from '#lib/live/hub.ts'
import type { Queue } from '#lib/queue/boss.ts'
import type { ControlPlane } from './types.ts'

/** The control plane's own worker: the port straight onto Postgres. */
export async function directControlPlane(
  { db, sql }: Database,
  queue: Queue,
  roots: string[] | undefined,
): Promise<ControlPlane & { ctx: Context }> {
  const agent = await ensureBuiltinAgent(db, roots)
  const ctx: Context = {
    actor: { type: 'agent', id: agent.id, label: agent.name },
    db,
    queue,
    ask: noOneToAsk,
  }
  const hub = new LiveHub(sql)
  let workerId = ''
  return {
    ctx,
    async register(facts) {
      workerId = await registerWorker({ ctx, facts: { ...facts, agentId: agent.id } })
    },
    async listen(called) {
      hub.on('work', () => called('work'))
      hub.on('control', () => called('control'))
      hub.on('questions', (payload) => {
        if (payload === `ask ${agent.id}`) called('question')
      })
      hub.on(
        'live',
        () => {},
        () => {
          for (const call of ['work', 'control', 'question'] as const) called(call)
        },
      )
      await hub.start()
    },
    heartbeat: (health) => beat({ ctx, workerId, ...health }),
    async claim(count) {
      const messages = await queue.fetchAttempts(count)
      if (messages.length === 0) return []
      const claims = messages.map(({ data }) => claimAttempt({ ctx, attemptId: data.attemptId, workerId }))
      const settled = await Promise.allSettled(claims)
      // What was claimed is begun, whatever became of the rest: its lease runs. A message that stays behind is
      // harmless, since its attempt can be claimed once only.
      await queue
        .completeAttempts(messages.filter((_, at) => settled[at]?.status === 'fulfilled').map(({ id }) => id))
        .catch(() => {})
      const refused = settled.find((one) => one.status === 'rejected')
      if (refused && settled.every((one) => one.status === 'rejected')) throw refused.reason
      return settled.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
    },
    report: (reports) => reportAttempts({ ctx, reports }),
    finish: (report, outcome) => endAttempt({ ctx, report, outcome }),
    questions: () => takeQuestions({ ctx, agentId: agent.id }),
    answer: (id, answer) => answerQuestion({ ctx, id, answer }),
    leave: () => markStopped({ ctx, workerId }),
  }
}
