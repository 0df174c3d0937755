import { answerQuestion, noOneToAsk, takeQuestion } from '#lib/agents/questions.ts'
import { beat, ensureBuiltinAgent, markStopped, registerWorker } from '#lib/agents/register-worker.ts'
import type { Context } from '#lib/context.ts'
import type { Database } from '#lib/db/client.ts'
import { keepToken } from '#lib/endpoints/keep-token.ts'
import { claimAttempts } from '#lib/jobs/claim-attempt.ts'
import { endAttempt } from '#lib/jobs/end-attempt.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { rescueAttempts } from '#lib/jobs/rescue-attempts.ts'
import { tellHeld } from '#lib/jobs/tell-held.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { claimPlaces } from '#lib/places/claim-places.ts'
import type { Queue } from '#lib/queue/boss.ts'
import { nothingToSeal } from '#lib/secrets/sealer.ts'
import type { ControlPlane } from './types.ts'

/** The control plane's own worker: the port straight onto Postgres. */
export async function directControlPlane(
  { db, sql }: Database,
  queue: Queue,
  roots: string[] | undefined,
): Promise<ControlPlane & { ctx: Context; hub: LiveHub }> {
  const agent = await ensureBuiltinAgent(db, roots)
  const ctx: Context = {
    actor: { type: 'agent', id: agent.id, label: agent.name },
    db,
    queue,
    ask: noOneToAsk,
    seal: nothingToSeal,
  }
  const hub = new LiveHub(sql)
  let workerId = ''
  return {
    ctx,
    hub,
    async register(facts) {
      workerId = await registerWorker({ ctx, facts: { ...facts, agentId: agent.id } })
    },
    async listen(called) {
      hub.on('work', (word) => {
        if (word === 'attempt') called('work')
      })
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
    claim: (count, notOn) => claimAttempts({ ctx, workerId, count, notOn }),
    tellHeld: (routes) => tellHeld({ ctx, ...routes }),
    giveBackUnknown: (held) => rescueAttempts({ ctx, of: [workerId], ended: true, except: held }),
    report: (reports) => reportAttempts({ ctx, reports }),
    finish: (report, outcome) => endAttempt({ ctx, report, outcome }),
    claimPlaces: (claim) => claimPlaces({ ctx, claim }),
    keepToken: (token) => keepToken({ ctx, token }),
    question: (notAt) => takeQuestion({ ctx, agentId: agent.id, notAt }),
    answer: (id, answer) => answerQuestion({ ctx, id, answer }),
    leave: () => markStopped({ ctx, workerId }),
  }
}
